#include "codec/reader/ties.h"

#include <algorithm>

namespace statestone::reader {

std::vector<std::uint32_t> FindTieGroups(const container::Index& index,
                                         std::span<const std::uint32_t> references) {
  struct Extent {
    std::uint32_t storage;
    std::uint32_t reference;
    std::uint64_t begin;
    std::uint64_t end;
  };
  std::vector<Extent> extents;
  for (std::uint32_t i = 0; i < references.size(); ++i) {
    const TensorInfo info = index.tensor_info(references[i]);
    if (info.extent_bytes == 0) continue;
    extents.push_back({info.storage, i, info.offset, info.offset + info.extent_bytes});
  }
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    if (a.storage != b.storage) return a.storage < b.storage;
    return a.begin != b.begin ? a.begin < b.begin : a.reference < b.reference;
  });
  // First the earliest reference of each group stands for it, then groups are numbered in that
  // order.
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  std::vector<std::uint32_t> earliest(references.size(), kNone);
  for (std::size_t begin = 0; begin < extents.size();) {
    std::uint64_t reach = extents[begin].end;
    std::size_t end = begin + 1;
    while (end < extents.size() && extents[end].storage == extents[begin].storage &&
           extents[end].begin < reach) {
      reach = std::max(reach, extents[end].end);
      ++end;
    }
    if (end - begin > 1) {
      std::uint32_t least = kNone;
      for (std::size_t i = begin; i < end; ++i) least = std::min(least, extents[i].reference);
      for (std::size_t i = begin; i < end; ++i) earliest[extents[i].reference] = least;
    }
    begin = end;
  }
  std::vector<std::uint32_t> groups(references.size());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    if (earliest[i] == i) groups[i] = ++count;
    if (earliest[i] != kNone) groups[i] = groups[earliest[i]];
  }
  return groups;
}

}  // namespace statestone::reader
