// The display path of each tensor, collected from the places that refer to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace statestone::text {

/// Paths of tensors that nothing refers to: this and their number.
inline constexpr std::string_view kUnreferenced = "\\#tensor/";
std::string UnreferencedPath(std::uint32_t tensor);

/// The path of a tensor in a scope that stands at `scope_path`; `is_root`: under the empty name.
std::string PathInScope(std::string_view scope_path, bool is_root, std::string_view name);

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
