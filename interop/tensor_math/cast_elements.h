// Turns floating point elements of one dtype into another, and measures what that loses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "statestone/dtype.h"

namespace statestone::tensor_math {

struct CastLoss {
  std::uint64_t elements = 0;
  std::uint64_t changed = 0;     ///< whose number is another one now; NaN stays NaN
  std::uint64_t overflows = 0;   ///< finite before, infinite now
  std::uint64_t underflows = 0;  ///< not zero before, zero now
  double max_absolute = 0;       ///< greatest |after - before| of those that stayed finite
  double max_relative = 0;       ///< the same, over |before|

  void Add(const CastLoss& other);
};

/// Whether CastElements takes the dtype: float16, bfloat16, float32, float64.
bool IsCastable(DType dtype);

/// Rounds to nearest, ties to even, once: also from float64 to the 16-bit types. Thread-safe.
/// \pre both dtypes are castable; the sizes are whole elements, equal in number
CastLoss CastElements(DType from, std::span<const std::byte> source, DType to,
                      std::span<std::byte> out);

}  // namespace statestone::tensor_math
