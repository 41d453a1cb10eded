// Any bytes as the graph of an ONNX file, behind a version and the graph's own head.
#include <cstdint>
#include <string>

#include "tests/fuzz/convert_any_once.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 1u << 14) return 0;
  std::string file = "\x08\x0A\x3A";
  // A length of two bytes, so that the file is taken for a model whatever is in it.
  file += static_cast<char>((size & 0x7F) | 0x80);
  file += static_cast<char>(size >> 7);
  statestone::ConvertAnyOnce(file + std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
