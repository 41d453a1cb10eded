// Any bytes as a checkpoint from before torch 1.6. The first byte says how much of one is sound:
// the whole file is given, or the value's pickle and what follows behind sound pickles before it,
// or the members of a tar file whose headers are sound.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/convert_once.h"
#include "tests/interop/legacy_builder.h"
#include "tests/interop/tar_builder.h"

namespace {

std::string Legacy(const std::string& rest) {
  const statestone::LegacyParts parts;
  return parts.magic + parts.version + parts.system + rest;
}

// Two bytes give the size of each member but the last.
std::string Tar(std::string rest) {
  std::vector<statestone::TarPart> parts;
  for (const char* name : {"pickle", "tensors", "storages"}) {
    std::size_t size = rest.size();
    if (std::string_view(name) != "storages" && rest.size() >= 2) {
      size = static_cast<unsigned char>(rest[0]) + 256 * static_cast<unsigned char>(rest[1]);
      rest.erase(0, 2);
    }
    size = std::min(size, rest.size());
    parts.push_back({name, rest.substr(0, size)});
    rest.erase(0, size);
  }
  parts.push_back({"sys_info", statestone::TarCheckpoint().system});
  return statestone::BuildTar(parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      statestone::ConvertOnce(rest);
      break;
    case 1:
      statestone::ConvertOnce(Legacy(rest));
      break;
    default:
      statestone::ConvertOnce(Tar(rest));
  }
  return 0;
}
