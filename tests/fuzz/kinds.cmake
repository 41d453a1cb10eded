# Fuzzers of the other kinds of files.
set(kind_fuzzers gguf_fuzz npy_fuzz npz_fuzz)
if(STATESTONE_HAS_ONNX)
  list(APPEND kind_fuzzers onnx_fuzz)
endif()
foreach(fuzzer ${kind_fuzzers})
  add_executable(${fuzzer} ${CMAKE_CURRENT_LIST_DIR}/${fuzzer}.cc
    ${CMAKE_CURRENT_LIST_DIR}/convert_any_once.cc ${PROJECT_SOURCE_DIR}/tests/interop/zip_builder.cc)
  statestone_target(${fuzzer})
  target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${fuzzer} PRIVATE statestone_interop statestone_faults ZLIB::ZLIB)
endforeach()
