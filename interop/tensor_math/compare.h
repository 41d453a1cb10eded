// How far the elements of two tensors are apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "statestone/dtype.h"

namespace statestone::tensor_math {

/// Elements a and b are within it if |a - b| <= absolute + relative * |b|, if they are the same
/// infinity, or both NaN.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

struct ElementDifferences {
  std::uint64_t elements = 0;   ///< looked at
  std::uint64_t different = 0;  ///< with other bits; of two dtypes: that stand for other numbers
  std::uint64_t beyond = 0;  ///< of those, not within the tolerance; all of them if there is none
  std::uint64_t nan_in_one = 0;  ///< NaN on one side only
  std::uint64_t nan_bits = 0;    ///< NaN on both, with other bits
  bool has_numbers = false;      ///< the elements are numbers: what follows has been measured
  double max_absolute = 0;       ///< greatest |a - b| where neither is NaN; may be infinite
  std::uint64_t max_at = 0;      ///< the first element where it is
  bool has_ulps = false;         ///< both are of one real floating point dtype
  std::uint64_t max_ulps = 0;    ///< greatest number of steps between a and b, neither NaN

  /// Adds what was found in elements that follow those of this.
  void Append(const ElementDifferences& later);
};

/// Compares elements of two tensors, both dense and of equal count. Equal bytes cost what memcmp
/// costs. Complex numbers: the distance in the plane; opaque ones: their bits alone. Of two dtypes:
/// their numbers, as doubles; if one is complex or opaque and the other not, all are `different`.
/// Thread-safe. \pre sizes are whole elements, equal in number
ElementDifferences CompareElements(DType a_dtype, std::span<const std::byte> a, DType b_dtype,
                                   std::span<const std::byte> b,
                                   const std::optional<Tolerance>& tolerance);

}  // namespace statestone::tensor_math
