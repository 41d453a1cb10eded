#include "torch_bridge/module_ties.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "torch_bridge/memory_extent.h"

namespace statestone {
namespace {

using Group = std::vector<std::size_t>;  // indices of items, ascending

// Strides of the file's tensor in elements, also where the index leaves them out.
std::vector<std::uint64_t> StridesOf(const TensorInfo& info) {
  if (!info.strides.empty()) return {info.strides.begin(), info.strides.end()};
  std::vector<std::uint64_t> strides(info.shape.size(), 1);
  for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * info.shape[i];
  return strides;
}

bool SameStrides(const RestoreItem& item) {
  const std::vector<std::uint64_t> stored = StridesOf(item.info);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (item.info.shape[i] > 1 &&
        stored[i] != static_cast<std::uint64_t>(item.target.strides()[i])) {
      return false;
    }
  }
  return true;
}

// Whether both lie in one storage of the file as far apart as in memory, element for element.
bool TiedAlikeInFile(const RestoreItem& a, const RestoreItem& b) {
  if (a.source == b.source) return IsSameView(a.target, b.target);
  const auto in_memory = static_cast<const std::byte*>(b.target.const_data_ptr()) -
                         static_cast<const std::byte*>(a.target.const_data_ptr());
  const auto in_file = static_cast<std::ptrdiff_t>(b.info.offset - a.info.offset);
  const bool same_types = a.info.dtype != nullptr && b.info.dtype != nullptr &&
                          a.info.element_bytes == a.target.element_size() &&
                          b.info.element_bytes == b.target.element_size();
  return a.info.storage == b.info.storage && in_memory == in_file && same_types && SameStrides(a) &&
         SameStrides(b);
}

// Items whose extents in memory overlap, transitively; only groups of two and more.
std::vector<Group> OverlapGroups(const std::vector<RestoreItem>& items) {
  std::vector<std::pair<MemoryExtent, std::size_t>> extents;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].target.numel() != 0) extents.emplace_back(ExtentOf(items[i].target), i);
  }
  std::ranges::sort(extents, {}, [](const auto& e) { return std::pair(e.first.begin, e.second); });
  std::vector<Group> groups;
  const std::byte* end = nullptr;
  for (const auto& [extent, item] : extents) {
    if (groups.empty() || extent.begin >= end) groups.emplace_back();
    groups.back().push_back(item);
    end = std::max(end, extent.end);
  }
  std::erase_if(groups, [](const Group& group) { return group.size() < 2; });
  for (Group& group : groups) std::ranges::sort(group);
  return groups;
}

void CompareGroup(const Group& group, RestorePlan& plan) {
  const RestoreItem& first = plan.items[group.front()];
  TieToCompare same_view = {group.front()};
  for (std::size_t i = 1; i < group.size(); ++i) {
    const RestoreItem& item = plan.items[group[i]];
    if (TiedAlikeInFile(first, item)) continue;
    if (IsSameView(first.target, item.target)) {
      same_view.push_back(group[i]);
      continue;
    }
    plan.report.tie_conflicts.push_back({.name = item.name,
                                         .expected = "memory shared with \"" + first.name + "\"",
                                         .found = "memory of its own, or shared differently"});
  }
  if (same_view.size() > 1) plan.ties.push_back(std::move(same_view));
}

}  // namespace

std::vector<std::size_t> FirstAliases(const std::vector<NamedTensor>& module) {
  std::unordered_map<const void*, std::vector<std::size_t>> at_address;
  std::vector<std::size_t> first(module.size());
  std::iota(first.begin(), first.end(), std::size_t{0});
  for (std::size_t i = 0; i < module.size(); ++i) {
    if (!module[i].tensor.has_storage() || module[i].tensor.numel() == 0) continue;
    std::vector<std::size_t>& others = at_address[module[i].tensor.const_data_ptr()];
    const auto alias = std::ranges::find_if(others, [&](std::size_t other) {
      return IsSameView(module[other].tensor, module[i].tensor);
    });
    if (alias != others.end()) {
      first[i] = *alias;
    } else {
      others.push_back(i);
    }
  }
  return first;
}

void CompareTies(const Reader& reader, RestorePlan& plan) {
  std::vector<std::size_t> memory_group(plan.items.size(), 0);  // 0: overlaps no other
  const std::vector<Group> groups = OverlapGroups(plan.items);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t item : groups[g]) {
      memory_group[item] = g + 1;
      plan.items[item].shares_memory = true;
    }
    CompareGroup(groups[g], plan);
  }
  const std::vector<std::uint32_t>& file_groups = reader.TieGroups();
  std::unordered_map<std::uint32_t, std::size_t> first_of;
  for (std::size_t i = 0; i < plan.items.size(); ++i) {
    const std::uint32_t group = file_groups[plan.items[i].source.index];
    if (group == 0) continue;
    const auto [first, is_first] = first_of.emplace(group, i);
    const bool together = memory_group[i] != 0 && memory_group[i] == memory_group[first->second];
    if (is_first || together) continue;
    plan.report.untied.push_back(
        {.name = plan.items[i].name,
         .expected = {},
         .found = "memory shared with \"" + plan.items[first->second].name + "\""});
  }
}

}  // namespace statestone
