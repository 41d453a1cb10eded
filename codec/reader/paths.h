// Display paths of tensors: spec/format.md, section 7.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/container/index.h"

namespace statestone::reader {

/// The path of every tensor, by index.
std::vector<std::string> TensorPaths(const container::Index& index);

/// The path of one tensor, without those of the others: for errors. Linear in what entries refer
/// to.
std::string TensorPath(const container::Index& index, std::uint32_t tensor);

/// The tensor of a path. Logarithmic where an entry is a model or tensor dict; else each level of
/// the value tree on the way is searched.
std::optional<std::uint32_t> FindTensorByPath(const container::Index& index, std::string_view path);

/// The tensor of a name in a scope, by binary search.
std::optional<std::uint32_t> FindTensorByName(const container::Index& index, std::uint32_t scope,
                                              std::string_view name);

}  // namespace statestone::reader
