# What every target of the project is compiled with; targets only, no directory-wide flags.
function(statestone_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                                           -Wno-missing-field-initializers)
  # GCC 12 warns of overlapping copies inside its own std::string (GCC bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
  if(STATESTONE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${STATESTONE_SANITIZE}
                                             -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${STATESTONE_SANITIZE})
    if(STATESTONE_SANITIZE MATCHES undefined)
      target_compile_options(${target} PRIVATE -fno-sanitize-recover=undefined)
    endif()
  endif()
endfunction()

# Headers that nearly every file includes, parsed once for a target instead of once for each of its
# files; a file still includes what it uses. Precompiled headers fit only equal flags: programs that
# share those of a library get its -fPIC, not -fPIE.
set(statestone_standard_headers
    <algorithm> <array> <atomic> <bit> <condition_variable> <cstddef> <cstdint> <cstring> <filesystem>
    <functional> <limits> <map> <memory> <mutex> <optional> <set> <span> <stdexcept> <stop_token>
    <string> <string_view> <thread> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>)

# GCC forgets of precompiled headers that they are the system's, and warns of sizes inside std::string.
function(statestone_header_warnings target)
  target_compile_options(${target} PRIVATE -Winvalid-pch)
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_compile_options(${target} PRIVATE
      "$<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-array-bounds>")
  endif()
endfunction()

# statestone_own_headers(<target> [<header>...]): the standard headers, and these.
function(statestone_own_headers target)
  target_precompile_headers(${target} PRIVATE ${statestone_standard_headers} ${ARGN})
  statestone_header_warnings(${target})
endfunction()

# statestone_shared_headers(<target> <other>): the precompiled headers of the other target.
function(statestone_shared_headers target source)
  target_precompile_headers(${target} REUSE_FROM ${source})
  statestone_header_warnings(${target})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
