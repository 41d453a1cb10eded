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

/// The tensor of a path. Logarithmic where an entry is a model or tensor dict.
std::optional<std::uint32_t> FindTensorByPath(const container::Index& index, std::string_view path);

/// The tensor of a name in a scope, by binary search.
std::optional<std::uint32_t> FindTensorByName(const container::Index& index, std::uint32_t scope,
                                              std::string_view name);

}  // namespace statestone::reader
