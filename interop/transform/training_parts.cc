#include "interop/transform/training_parts.h"

#include <algorithm>
#include <string_view>

#include "statestone/display.h"

namespace statestone {
namespace {

constexpr const char* kState = "state";
constexpr const char* kGroups = "param_groups";

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
void FindOptimizers(const Value& value, const std::string& path, bool is_root,
                    std::vector<std::string>& found) {
  const bool is_map = value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
  if (is_map && value.Find(kState) != nullptr && value.Find(kGroups) != nullptr) {
    found.push_back(path);
    return;
  }
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const std::string part =
        value.keys().empty() ? std::to_string(i) : KeyComponent(value.keys()[i]);
    FindOptimizers(value.items()[i], is_root ? part : std::string(path).append("/").append(part),
                   false, found);
  }
}

bool HasValue(std::span<const Checkpoint::Entry> entries, std::string_view name) {
  return std::any_of(entries.begin(), entries.end(), [&](const Checkpoint::Entry& entry) {
    return entry.name == name && std::holds_alternative<Value>(entry.body);
  });
}

}  // namespace

std::vector<std::string> OptimizerPaths(std::span<const Checkpoint::Entry> entries) {
  // A plain dict that was saved alone has its keys as entries.
  if (HasValue(entries, kState) && HasValue(entries, kGroups)) return {""};
  std::vector<std::string> found;
  for (const Checkpoint::Entry& entry : entries) {
    const auto* value = std::get_if<Value>(&entry.body);
    if (value == nullptr) continue;
    FindOptimizers(*value, EscapePathComponent(entry.name), entry.name.empty(), found);
  }
  return found;
}

bool LiesBelow(const std::string& path, std::span<const std::string> roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    return root.empty() || path == root || path.starts_with(root + '/');
  });
}

}  // namespace statestone
