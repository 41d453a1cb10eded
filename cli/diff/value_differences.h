// How the plain values of two checkpoints differ.
#pragma once

#include <cstdint>
#include <vector>

#include "cli/diff/differences.h"

namespace statestone::cli {

/// Appends to `values` what is different, counts in `equal` the values that are not: one for each
/// leaf. Floats within a tolerance are equal. What models say of themselves counts as values under
/// `\#architecture`, `\#config`, ...
void FindValueDifferences(const walk::OpenedCheckpoint& a, const walk::OpenedCheckpoint& b,
                          const std::optional<tensor_math::Tolerance>& tolerance,
                          std::vector<ValueDifference>& values, std::uint64_t& equal);

}  // namespace statestone::cli
