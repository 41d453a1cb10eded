#include "interop/transform/path_pattern.h"

#include <fnmatch.h>

#include <algorithm>

namespace statestone {
namespace {

bool Covers(const std::string& pattern, std::string_view path) {
  const auto matches = [&](std::string_view part) {
    // A backslash is part of the path: escapes of display paths are written out in patterns.
    return ::fnmatch(pattern.c_str(), std::string(part).c_str(), FNM_NOESCAPE) == 0;
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '/' && matches(path.substr(0, i))) {
      return true;
    }
  }
  return matches(path);
}

}  // namespace

bool PathPatterns::Cover(std::string_view path) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return Covers(pattern, path); });
}

std::vector<std::string> PathPatterns::Unused(const std::vector<std::string>& paths) const {
  std::vector<std::string> unused;
  for (const std::string& pattern : patterns_) {
    const bool used = std::any_of(paths.begin(), paths.end(),
                                  [&](const std::string& path) { return Covers(pattern, path); });
    if (!used) unused.push_back(pattern);
  }
  return unused;
}

}  // namespace statestone
