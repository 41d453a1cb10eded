#include "interop/transform/training_parts.h"

#include <algorithm>

#include "statestone/display.h"

namespace statestone {
namespace {

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
void FindOptimizers(const Value& value, const std::string& path, std::vector<std::string>& found) {
  const bool is_map = value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
  if (is_map && value.Find("state") != nullptr && value.Find("param_groups") != nullptr) {
    found.push_back(path);
    return;
  }
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const std::string part =
        value.keys().empty() ? std::to_string(i) : KeyComponent(value.keys()[i]);
    FindOptimizers(value.items()[i],
                   path.empty() ? part : std::string(path).append("/").append(part), found);
  }
}

}  // namespace

std::vector<std::string> OptimizerPaths(std::span<const Checkpoint::Entry> entries) {
  std::vector<std::string> found;
  for (const Checkpoint::Entry& entry : entries) {
    const auto* value = std::get_if<Value>(&entry.body);
    if (value != nullptr) FindOptimizers(*value, EscapePathComponent(entry.name), found);
  }
  return found;
}

bool LiesBelow(const std::string& path, std::span<const std::string> roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
    return root.empty() || path == root || path.starts_with(root + '/');
  });
}

}  // namespace statestone
