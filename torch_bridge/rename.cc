#include "torch_bridge/rename.h"

#include <cstddef>

namespace statestone {
namespace {

bool EndsInDot(std::string_view text) { return !text.empty() && text.back() == '.'; }

// {"module.", ""} takes a prefix away and {"", "backbone."} adds one; {"", "fc.weight"} is neither.
bool IsPrefixPair(const Rename& pair) {
  return (EndsInDot(pair.in_file) || pair.in_file.empty()) &&
         (EndsInDot(pair.in_module) || pair.in_module.empty());
}

bool IsNamePair(const Rename& pair) {
  return !pair.in_file.empty() && !pair.in_module.empty() && !EndsInDot(pair.in_file) &&
         !EndsInDot(pair.in_module);
}

}  // namespace

NameMap::NameMap(const std::vector<Rename>& pairs) : pairs_(pairs), used_(pairs.size(), false) {
  for (const Rename& pair : pairs) {
    if (IsPrefixPair(pair) || IsNamePair(pair)) continue;
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "rename pair of a prefix and a name",
                 .expected = "two names, or two prefixes that end in '.' or are empty",
                 .found = "{\"" + pair.in_file + "\", \"" + pair.in_module + "\"}",
                 .advice = "end both in '.', or neither"});
  }
}

std::string NameMap::InModule(std::string_view in_file) {
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const Rename& pair = pairs_[i];
    const bool fits =
        IsPrefixPair(pair) ? in_file.starts_with(pair.in_file) : in_file == pair.in_file;
    if (!fits) continue;
    used_[i] = true;
    return pair.in_module + std::string(in_file.substr(pair.in_file.size()));
  }
  return std::string(in_file);
}

std::vector<Rename> NameMap::Unused() const {
  std::vector<Rename> unused;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (!used_[i]) unused.push_back(pairs_[i]);
  }
  return unused;
}

}  // namespace statestone
