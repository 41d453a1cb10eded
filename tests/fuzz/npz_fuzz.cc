// An .npz file whose zip container is sound: members from the input, stored or deflated, so that
// sums do not stand in the way. Every second input is the bytes of a whole file instead.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/convert_any_once.h"
#include "tests/interop/zip_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using statestone::ZipPart;
  if (size == 0) return 0;
  std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    statestone::ConvertThereAndBack(rest, statestone::FileKind::kNumpyZip);
    return 0;
  }
  std::vector<ZipPart> parts;
  for (int i = 0; i < 3 && !rest.empty(); ++i) {
    const std::size_t cut = (data[0] * 7u + 64u * static_cast<unsigned>(i)) % (rest.size() + 1);
    parts.push_back({.name = std::to_string(i) + ".npy",
                     .data = "\x93NUMPY" + rest.substr(0, cut),
                     .deflate = (data[0] & (2 << i)) != 0});
    rest.erase(0, cut);
  }
  statestone::ConvertThereAndBack(BuildZip(parts), statestone::FileKind::kNumpyZip);
  return 0;
}
