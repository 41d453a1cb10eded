// What the entries of an index refer to.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/container/index.h"

namespace statestone::reader {

/// In Value.tensor and Value.scope: none.
inline constexpr std::uint32_t kNoReference = 0xFFFFFFFF;

/// For each tensor whether a value, a model or a tensor dict of any entry refers to it; configs,
/// metadata and attributes count. Linear in the index.
std::vector<bool> ReferencedTensors(const container::Index& index);

}  // namespace statestone::reader
