#include "interop/tensor_math/compare_narrow.h"

#include <bit>
#include <cstring>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/floats.h"

namespace statestone::tensor_math {
namespace {

using Count32 = std::uint32_t;

// Each says how the bits of an element, in 32 of them, become a float, and a key: an integer that
// orders as the numbers do, other for other bits, below 0 for what is below zero.
struct AsBFloat16 {
  using Bits = std::int16_t;
  static float Value(std::int32_t bits) {
    return std::bit_cast<float>(static_cast<Count32>(bits) << 16);
  }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFF); }
};
struct AsFloat16 {
  using Bits = std::int16_t;
  static float Value(std::int32_t bits) { return FromFloat16(static_cast<Count32>(bits)); }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFF); }
};
struct AsFloat32 {
  using Bits = std::int32_t;
  static float Value(std::int32_t bits) { return std::bit_cast<float>(bits); }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFFFFFF); }
};
template <const FloatTable& table>
struct AsFloat8 {
  using Bits = std::int8_t;
  static float Value(std::int32_t bits) { return table[static_cast<std::uint8_t>(bits)]; }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7F); }
};
template <const FloatTable& table>
struct AsPowerOfTwo {
  using Bits = std::uint8_t;
  static float Value(std::int32_t bits) { return table[static_cast<std::uint8_t>(bits)]; }
  static std::int32_t Key(std::int32_t bits) { return bits; }
};

template <typename Type>
STATESTONE_INLINE_BODY std::int32_t BitsAt(const std::byte* bytes, std::size_t i) {
  typename Type::Bits bits;
  std::memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
  return bits;
}

// All that is carried from one number to the next is an integer of 32 bits, sums and maxima that
// may be taken in any order: such loops vectorize.
template <typename Type>
STATESTONE_INLINE_BODY NarrowCounts Count(const std::byte* a_bytes, const std::byte* b_bytes,
                                          std::size_t count) {
  Count32 different = 0;
  Count32 nan_in_one = 0;
  Count32 nan_bits = 0;
  Count32 max_ulps = 0;
  Count32 rounded = 0;
  Count32 max_distance = 0;  // the bits of a float: without a sign they order as integers
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t a_bits = BitsAt<Type>(a_bytes, i);
    const std::int32_t b_bits = BitsAt<Type>(b_bytes, i);
    const float a = Type::Value(a_bits);
    const float b = Type::Value(b_bits);
    const std::int32_t ka = Type::Key(a_bits);
    const std::int32_t kb = Type::Key(b_bits);
    const Count32 other = ka != kb ? 1 : 0;
    const Count32 a_nan = a != a ? 1 : 0;
    const Count32 b_nan = b != b ? 1 : 0;
    // Masks, since a choice by ?: would become a branch.
    const Count32 mask = 0 - (other & ((a_nan | b_nan) ^ 1));
    const Count32 up = static_cast<Count32>(kb) - static_cast<Count32>(ka);
    const Count32 down = ka < kb ? 0 : ~Count32{0};
    // Across zero one step is between -0 and +0, which are one number.
    const Count32 across = static_cast<Count32>(ka ^ kb) >> 31;
    const Count32 ulps = ((up ^ down) - down - across) & mask;
    const float apart = a - b;
    const Count32 distance = std::bit_cast<Count32>(apart) & 0x7FFFFFFF & mask;
    // Dekker's test: taking the difference from the larger one again is exact.
    const Count32 from_a = a - apart != b ? 1 : 0;
    const Count32 from_b = apart + b != a ? 1 : 0;
    different += other;
    nan_in_one += other & (a_nan ^ b_nan);
    nan_bits += other & a_nan & b_nan;
    rounded |= (from_a | from_b) & mask;
    max_ulps = ulps > max_ulps ? ulps : max_ulps;
    max_distance = distance > max_distance ? distance : max_distance;
  }
  return {different,   nan_in_one, nan_bits, max_ulps, std::bit_cast<float>(max_distance),
          rounded != 0};
}

STATESTONE_VECTOR_CLONES NarrowCounts CountBFloat16(const std::byte* a, const std::byte* b,
                                                    std::size_t count) {
  return Count<AsBFloat16>(a, b, count);
}
STATESTONE_VECTOR_CLONES NarrowCounts CountFloat16(const std::byte* a, const std::byte* b,
                                                   std::size_t count) {
  return Count<AsFloat16>(a, b, count);
}
STATESTONE_VECTOR_CLONES NarrowCounts CountFloat32(const std::byte* a, const std::byte* b,
                                                   std::size_t count) {
  return Count<AsFloat32>(a, b, count);
}

constexpr FloatTable kE4M3FN = TableOf(kFloat8E4M3FN);
constexpr FloatTable kE5M2 = TableOf(kFloat8E5M2);
constexpr FloatTable kE4M3FNUZ = TableOf(kFloat8E4M3FNUZ);
constexpr FloatTable kE5M2FNUZ = TableOf(kFloat8E5M2FNUZ);
constexpr FloatTable kE8M0FNU = TableOfE8M0();

}  // namespace

CountNarrow NarrowCounterOf(DType dtype) {
  switch (dtype) {
    case DType::kBFloat16:
      return CountBFloat16;
    case DType::kFloat16:
      return CountFloat16;
    case DType::kFloat32:
      return CountFloat32;
    case DType::kFloat8E4M3FN:
      return Count<AsFloat8<kE4M3FN>>;
    case DType::kFloat8E5M2:
      return Count<AsFloat8<kE5M2>>;
    case DType::kFloat8E4M3FNUZ:
      return Count<AsFloat8<kE4M3FNUZ>>;
    case DType::kFloat8E5M2FNUZ:
      return Count<AsFloat8<kE5M2FNUZ>>;
    case DType::kFloat8E8M0FNU:
      return Count<AsPowerOfTwo<kE8M0FNU>>;
    default:
      return nullptr;
  }
}

}  // namespace statestone::tensor_math
