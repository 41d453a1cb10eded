// Any bytes as a whole checkpoint file.
#include <cstdint>
#include <string>

#include "tests/fuzz/convert_once.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  statestone::ConvertOnce(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
