# Makes the imported target statestone::torch from an installed PyTorch wheel or a LibTorch folder.
#
# Not by find_package(Torch): that of a CUDA wheel demands a CUDA toolkit, though only the CPU
# libraries are linked here. Looked for, in this order, and kept in STATESTONE_TORCH_DIR:
#   STATESTONE_TORCH_DIR   the folder that has include/ and lib/
#   STATESTONE_PYTHON      a Python that has torch
#   CMAKE_PREFIX_PATH      a LibTorch folder, or torch.utils.cmake_prefix_path
#   a default Python       that of the project's .venv, else python3
include_guard(GLOBAL)

set(statestone_torch_minimum 2.13)
set(statestone_torch_header include/torch/csrc/api/include/torch/torch.h)

function(statestone_torch_from_python python result)
  # find_spec gives the folder without the seconds that importing torch takes.
  execute_process(
    COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0 AND EXISTS ${folder}/${statestone_torch_header})
    set(${result} ${folder} PARENT_SCOPE)
  endif()
endfunction()

function(statestone_torch_from_prefixes result)
  string(REPLACE ":" ";" from_environment "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix ${CMAKE_PREFIX_PATH} ${from_environment})
    foreach(folder ${prefix} ${prefix}/../..)
      if(EXISTS ${folder}/${statestone_torch_header})
        get_filename_component(folder ${folder} ABSOLUTE)
        set(${result} ${folder} PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
endfunction()

function(statestone_find_torch result)
  if(STATESTONE_TORCH_DIR)
    set(${result} ${STATESTONE_TORCH_DIR} PARENT_SCOPE)
    return()
  endif()
  if(STATESTONE_PYTHON)
    statestone_torch_from_python(${STATESTONE_PYTHON} folder)
  else()
    statestone_torch_from_prefixes(folder)
    foreach(python ${PROJECT_SOURCE_DIR}/.venv/bin/python python3)
      if(NOT folder)
        statestone_torch_from_python(${python} folder)
      endif()
    endforeach()
  endif()
  set(${result} "${folder}" PARENT_SCOPE)
endfunction()

function(statestone_torch_version folder result)
  file(STRINGS ${folder}/include/torch/headeronly/version.h lines
       REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" numbers "${lines}")
  list(JOIN numbers "." version)
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

set(STATESTONE_TORCH_DIR "" CACHE PATH "Folder of torch with include/ and lib/; empty: look for it")
set(STATESTONE_PYTHON "" CACHE FILEPATH "A Python that has torch; empty: the project's .venv or python3")

statestone_find_torch(statestone_torch_folder)
if(NOT statestone_torch_folder OR NOT EXISTS ${statestone_torch_folder}/${statestone_torch_header})
  set(STATESTONE_TORCH_PROBLEM "torch was not found (looked at '${statestone_torch_folder}'): set \
STATESTONE_TORCH_DIR to its folder, or STATESTONE_PYTHON to a Python that has it")
  return()
endif()
statestone_torch_version(${statestone_torch_folder} STATESTONE_TORCH_VERSION)
if(STATESTONE_TORCH_VERSION VERSION_LESS statestone_torch_minimum)
  set(STATESTONE_TORCH_PROBLEM "torch ${STATESTONE_TORCH_VERSION} in ${statestone_torch_folder} is \
too old: ${statestone_torch_minimum} or later is needed")
  return()
endif()
set(STATESTONE_TORCH_DIR ${statestone_torch_folder} CACHE PATH "" FORCE)
set(STATESTONE_TORCH_VERSION ${STATESTONE_TORCH_VERSION} CACHE INTERNAL "")
message(STATUS "torch ${STATESTONE_TORCH_VERSION}: ${STATESTONE_TORCH_DIR}")

add_library(statestone::torch INTERFACE IMPORTED GLOBAL)
target_compile_features(statestone::torch INTERFACE cxx_std_20)
target_include_directories(statestone::torch INTERFACE
  ${STATESTONE_TORCH_DIR}/include ${STATESTONE_TORCH_DIR}/include/torch/csrc/api/include)
foreach(library torch_cpu c10)
  target_link_libraries(statestone::torch INTERFACE
    ${STATESTONE_TORCH_DIR}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}${library}${CMAKE_SHARED_LIBRARY_SUFFIX})
endforeach()
