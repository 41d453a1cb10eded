# See CMakeLists.txt here for the arguments.
set(prefix ${WORK}/installed)
set(source ${WORK}/consumer)
set(build ${WORK}/consumer-build)
file(REMOVE_RECURSE ${prefix} ${source} ${build})

function(run folder)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${folder} RESULT_VARIABLE status
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${status}): ${command}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect text)
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "the program did not print '${text}'")
  endif()
endfunction()

run(${WORK} ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
file(COPY ${CONSUMER}/ DESTINATION ${source})
run(${WORK} ${CMAKE_COMMAND} -S ${source} -B ${build} -G ${GENERATOR}
    -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_PREFIX_PATH=${prefix}
    -DSTATESTONE_TORCH_DIR=${TORCH_DIR} -DWITH_TORCH=${WITH_TORCH})
run(${WORK} ${CMAKE_COMMAND} --build ${build})

run(${build} ./plain_values)
expect("width 128, last weight 6")
run(${build} ./recognize plain_values.stone)
expect("plain_values.stone: Statestone")
if(WITH_TORCH)
  run(${build} ./save_and_resume)
  expect("model: 7 loaded")
  expect("epoch 12")
endif()
