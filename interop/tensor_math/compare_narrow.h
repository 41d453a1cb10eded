// The comparison of floats of four bytes and less, in registers of 32-bit lanes: twice as many of
// them at a time as doubles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "interop/tensor_math/element_values.h"

namespace statestone::tensor_math {

struct NarrowBlock {
  alignas(64) std::array<float, kBlock> a;
  alignas(64) std::array<float, kBlock> b;
  alignas(64) std::array<std::int32_t, kBlock> a_keys;
  alignas(64) std::array<std::int32_t, kBlock> b_keys;
  /// Rounded to float: of neither NaN and other bits, else 0.
  alignas(64) std::array<float, kBlock> distance;
};

struct NarrowCounts {
  std::uint32_t different = 0;
  std::uint32_t nan_in_one = 0;
  std::uint32_t nan_bits = 0;
  std::uint32_t max_ulps = 0;
  float max_distance = 0;  ///< infinite also where the distance overflows a float
};

/// Compares the first `count` numbers of the block without a tolerance; what is missing to a whole
/// number of steps is filled up.
NarrowCounts CountNarrow(NarrowBlock& block, std::size_t count);

}  // namespace statestone::tensor_math
