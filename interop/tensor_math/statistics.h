// What the elements of a tensor add up to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "statestone/dtype.h"

namespace statestone::tensor_math {

/// Sums over elements, to be added up piece by piece. Of complex numbers the magnitudes count.
struct Statistics {
  std::uint64_t elements = 0;
  std::uint64_t zeros = 0;  ///< of either sign; of opaque dtypes: all bits zero
  std::uint64_t nans = 0;
  std::uint64_t infinities = 0;
  bool has_numbers = false;  ///< what follows has been measured

  // Of finite elements; without any, the lowest is +inf and the highest -inf.
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();
  std::uint64_t finite() const { return elements - nans - infinities; }
  double Mean() const;  ///< NaN without finite elements
  double Norm() const;  ///< square root of the sum of squares; cannot overflow on the way

  /// Whether the dtype is an integer: `lowest_integer` and `highest_integer` are exact then.
  bool is_integer = false;
  std::int64_t lowest_key = std::numeric_limits<std::int64_t>::max();
  std::int64_t highest_key = std::numeric_limits<std::int64_t>::min();

  // Neumaier's sum, and sums of squares of small, usual and large numbers, each scaled for itself.
  double sum = 0;
  double sum_rest = 0;
  double small_squares = 0;
  double squares = 0;
  double large_squares = 0;

  void Append(const Statistics& later);
};

/// Adds up the elements of a piece of a tensor. Sums are in double, block by block: the relative
/// error of mean and norm is a few 1e-16 times the square root of the number of blocks at most.
/// The result does not depend on the processor. Thread-safe.
Statistics Summarize(DType dtype, std::span<const std::byte> elements);

}  // namespace statestone::tensor_math
