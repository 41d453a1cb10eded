// The comparison of floats of four bytes and less, in registers of 32-bit lanes: twice as many of
// them at a time as doubles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "statestone/dtype.h"

namespace statestone::tensor_math {

struct NarrowCounts {
  std::uint32_t different = 0;
  std::uint32_t nan_in_one = 0;
  std::uint32_t nan_bits = 0;
  std::uint32_t max_ulps = 0;
  float max_distance = 0;  ///< infinite also where the distance overflows a float
  bool rounded = false;    ///< some distance does not fit a float
};

/// Compares up to 2^32 - 1 numbers at `a` and `b`, which need no alignment, without a tolerance.
/// Thread-safe.
using CountNarrow = NarrowCounts (*)(const std::byte* a, const std::byte* b, std::size_t count);

/// Null for all but real floating point dtypes of four bytes and less.
CountNarrow NarrowCounterOf(DType dtype);

}  // namespace statestone::tensor_math
