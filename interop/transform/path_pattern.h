// Patterns over display paths, as a shell has them for file names.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace statestone {

/// `*` stands for any text, slashes and dots included, `?` for one byte, `[a-z]` for one of a set.
/// A pattern also covers all that lies below what it matches: "optimizer" covers
/// "optimizer/state/0".
class PathPatterns {
 public:
  PathPatterns() = default;
  explicit PathPatterns(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  bool empty() const { return patterns_.empty(); }
  const std::vector<std::string>& patterns() const { return patterns_; }
  /// Whether some pattern matches the display path, or a path above it.
  bool Cover(std::string_view path) const;
  /// The patterns that cover none of the paths: likely typing errors.
  std::vector<std::string> Unused(const std::vector<std::string>& paths) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace statestone
