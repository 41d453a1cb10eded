// Any bytes behind the magic, version and counts of a GGUF file.
#include <cstdint>
#include <string>

#include "tests/fuzz/convert_any_once.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  std::string head = "GGUF";
  head += std::string{static_cast<char>(2 + data[0] % 2), 0, 0, 0};
  // Few tensors and keys, so that inputs get somewhere.
  for (int i = 1; i < 3; ++i) head += static_cast<char>(data[i] % 8) + std::string(7, '\0');
  statestone::ConvertAnyOnce(head + std::string(reinterpret_cast<const char*>(data) + 3, size - 3));
  return 0;
}
