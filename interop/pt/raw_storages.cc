#include "interop/pt/raw_storages.h"

#include "codec/bytes/checked.h"
#include "codec/check/require.h"

namespace statestone::pt {

void RawStorages::Take(Stream& stream, std::string_view key, std::uint64_t element_bytes,
                       std::optional<std::uint64_t> elements) {
  const std::string name = Name(key);
  Require(CheckSite::kPtStorageTwice, by_name_.emplace(name, stored_.size()).second,
          [&] { return stream.Corrupt(name + ": it stands in the file twice"); });
  const std::uint64_t start = stream.position();
  const std::int64_t count = stream.TakeInt64("the number of elements of " + name);
  const auto corrupt = [&](std::string problem, std::string expected, std::string found) {
    return Error(ErrorCode::kCorrupt, {.offset = start,
                                       .problem = name + ": " + std::move(problem),
                                       .expected = std::move(expected),
                                       .found = std::move(found),
                                       .advice = "the file is damaged or cut off: copy it again"});
  };
  Require(CheckSite::kPtStorageCount,
          count >= 0 && (!elements || static_cast<std::uint64_t>(count) == *elements), [&] {
            return corrupt("its number of elements is not that of the pickle",
                           elements ? std::to_string(*elements) : "not negative",
                           std::to_string(count));
          });
  const auto bytes = bytes::CheckedMultiply(static_cast<std::uint64_t>(count), element_bytes);
  Require(CheckSite::kPtStorageRange, bytes && *bytes <= stream.remaining(), [&] {
    return corrupt(
        "the file ends before its last byte",
        std::to_string(count) + " elements of " + std::to_string(element_bytes) + " bytes",
        std::to_string(stream.remaining()) + " bytes");
  });
  stored_.push_back({.name = name, .offset = stream.position(), .bytes = *bytes});
  stream.Skip(*bytes);
}

std::optional<std::size_t> RawStorages::Find(std::string_view key) const {
  const auto found = by_name_.find(Name(key));
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

}  // namespace statestone::pt
