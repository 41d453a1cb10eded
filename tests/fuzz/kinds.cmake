# Fuzzers of the other kinds of files.
foreach(fuzzer gguf_fuzz npy_fuzz npz_fuzz)
  add_executable(${fuzzer} ${CMAKE_CURRENT_LIST_DIR}/${fuzzer}.cc
    ${CMAKE_CURRENT_LIST_DIR}/convert_any_once.cc ${PROJECT_SOURCE_DIR}/tests/interop/zip_builder.cc)
  statestone_target(${fuzzer})
  target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${fuzzer} PRIVATE statestone_interop statestone_faults ZLIB::ZLIB)
endforeach()
