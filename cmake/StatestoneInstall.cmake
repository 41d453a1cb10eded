# `cmake --install`: headers, libraries, and a package for find_package(statestone COMPONENTS ...).
# One export set for each component, so that a program that wants the codec needs no torch.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(statestone_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/statestone)

function(statestone_install_component component target headers)
  if(NOT TARGET ${target})
    return()
  endif()
  install(TARGETS ${target} EXPORT statestone_${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
  install(EXPORT statestone_${component} NAMESPACE statestone::
          FILE statestone-${component}.cmake DESTINATION ${statestone_package_dir})
endfunction()

statestone_install_component(codec statestone_codec codec/include)
statestone_install_component(interop statestone_interop interop/include)
statestone_install_component(torch_bridge statestone_torch_bridge torch_bridge/include)
if(TARGET statestone_program)
  install(TARGETS statestone_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/statestoneConfig.cmake.in statestoneConfig.cmake
                              INSTALL_DESTINATION ${statestone_package_dir})
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(statestoneConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/statestoneConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/statestoneConfigVersion.cmake
              cmake/StatestoneTorch.cmake
        DESTINATION ${statestone_package_dir})
