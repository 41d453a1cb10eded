// The display path of each tensor, collected from the places that refer to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/limits.h"

namespace statestone::text {

/// Paths of tensors that nothing refers to: this and their number.
inline constexpr std::string_view kUnreferenced = "\\#tensor/";
std::string UnreferencedPath(std::uint32_t tensor);

/// The path of a tensor in a scope that stands at `scope_path`; `is_root`: under the empty name.
std::string PathInScope(std::string_view scope_path, bool is_root, std::string_view name);

/// What the paths of places that hold tensors add up to: spec/format.md, section 10.
class PathBudget {
 public:
  /// Counts a path that `tensors` paths are, or start with. False beyond limits::kPathBytes.
  bool Add(std::size_t path_bytes, std::uint64_t tensors) {
    total_ += path_bytes * tensors;
    return total_ <= limits::kPathBytes;
  }
  std::uint64_t total() const { return total_; }

 private:
  std::uint64_t total_ = 0;
};

/// Paths by tensor. A tensor with a name has that of its scope; one without that several places
/// refer to keeps the first.
class TensorPaths {
 public:
  explicit TensorPaths(std::size_t tensors) : paths_(tensors), named_(tensors) {}

  void SetInScope(std::uint32_t tensor, std::string path);
  void SetReference(std::uint32_t tensor, std::string path);
  /// The paths of all tensors; it is empty then.
  std::vector<std::string> Take();

 private:
  std::vector<std::string> paths_;
  std::vector<bool> named_;
};

}  // namespace statestone::text
