// Elements of any dtype as numbers that can be compared, added and ordered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "statestone/dtype.h"

namespace statestone::tensor_math {

enum class NumberKind : std::uint8_t {
  kFloat,    ///< one floating point number, exact as a double
  kInteger,  ///< bool and integers: exact as a key, from 2^53 on rounded as a double
  kComplex,  ///< two floating point numbers
  kOpaque,   ///< bits without a meaning of their own, or several numbers in one element
};

NumberKind KindOf(DType dtype);

/// Elements that are turned into numbers at a time: their arrays stay in the first cache.
inline constexpr std::size_t kBlock = 256;

/// Turns up to kBlock numbers at `bytes`, which need no alignment, into doubles. For complex dtypes
/// these are the components, two for each element. Not for kOpaque.
using LoadValues = void (*)(const std::byte* bytes, std::size_t count, double* values);
/// The same numbers as integers in the same order: neighbours are 1 apart, other bits have other
/// keys, and numbers below zero have keys below 0. -0 and +0 are neighbours; NaNs lie outside.
using LoadKeys = void (*)(const std::byte* bytes, std::size_t count, std::int64_t* keys);

/// How to read the numbers of a dtype.
struct ElementLoader {
  LoadValues values = nullptr;
  LoadKeys keys = nullptr;
  std::size_t component_bytes = 1;  ///< of one number
};

/// Nothing for kOpaque dtypes.
std::optional<ElementLoader> LoaderOf(DType dtype);

}  // namespace statestone::tensor_math
