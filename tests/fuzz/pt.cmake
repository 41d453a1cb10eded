# Fuzzers of the .pt reader: built with clang alone, by -DSTATESTONE_FUZZ=ON.
find_package(ZLIB REQUIRED)
foreach(fuzzer pt_legacy_fuzz pt_pickle_fuzz pt_zip_fuzz)
  add_executable(${fuzzer} ${CMAKE_CURRENT_LIST_DIR}/${fuzzer}.cc
    ${CMAKE_CURRENT_LIST_DIR}/convert_once.cc ${PROJECT_SOURCE_DIR}/tests/interop/zip_builder.cc)
  statestone_target(${fuzzer})
  target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${fuzzer} PRIVATE statestone_interop statestone_faults ZLIB::ZLIB)
endforeach()
