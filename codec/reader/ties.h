// Which tensors of a file are tied: spec/format.md, section 5.2.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/container/index.h"

namespace statestone::reader {

/// For each reference (an index of a tensor, several may be the same) the number of its tie group,
/// from 1 in order of the groups' first references; 0 if it is tied to no other.
/// Cost: n log n.
std::vector<std::uint32_t> FindTieGroups(const container::Index& index,
                                         std::span<const std::uint32_t> references);

}  // namespace statestone::reader
