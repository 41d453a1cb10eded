// A .npy file: any header of one of the three versions, any bytes behind it.
#include <cstdint>
#include <string>

#include "tests/fuzz/convert_any_once.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  statestone::ConvertThereAndBack("\x93NUMPY" + file, statestone::FileKind::kNumpyZip);
  return 0;
}
