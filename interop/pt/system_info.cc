#include "interop/pt/system_info.h"

#include <string>

#include "codec/check/require.h"

namespace statestone::pt {

using pickle::Kind;
using pickle::kNoObject;
using pickle::ObjectId;

void RequireLittleEndian(const pickle::Pickle& system_info) {
  const pickle::ObjectStore& objects = system_info.objects;
  const bool is_dict = objects.Is(system_info.root, Kind::kDict);
  ObjectId little = kNoObject;
  const auto items = is_dict ? objects.Items(system_info.root) : std::span<const ObjectId>();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const bool text = objects.Is(items[i], Kind::kString) || objects.Is(items[i], Kind::kOldString);
    if (text && objects.Text(items[i]) == "little_endian") little = items[i + 1];
  }
  Require(CheckSite::kPtByteOrder, little != kNoObject && objects.Is(little, Kind::kBool), [&] {
    return Error(ErrorCode::kCorrupt,
                 {.offset = system_info.file_offset,
                  .problem = "the description of the system it was saved on is damaged",
                  .expected = "a dict with little_endian",
                  .advice = "copy the file again"});
  });
  Require(CheckSite::kPtByteOrder, objects[little].integer != 0, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = system_info.file_offset,
                  .problem = "the checkpoint is big-endian",
                  .expected = "little_endian True",
                  .found = "False",
                  .advice = "load it with torch on a little-endian machine and save it again"});
  });
}

}  // namespace statestone::pt
