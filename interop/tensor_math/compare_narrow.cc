#include "interop/tensor_math/compare_narrow.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/floats.h"

namespace statestone::tensor_math {
namespace {

constexpr std::size_t kLanes = 16;
using Count32 = std::uint32_t;

// Each says how the bits of an element become a float, and a key: an integer that orders as the
// numbers do, other for other bits, below 0 for what is below zero.
struct AsBFloat16 {
  using Bits = std::int16_t;
  static float Value(Bits bits) { return FromBFloat16(static_cast<std::uint16_t>(bits)); }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFF); }
};
struct AsFloat16 {
  using Bits = std::int16_t;
  static float Value(Bits bits) { return FromFloat16(static_cast<std::uint16_t>(bits)); }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFF); }
};
struct AsFloat32 {
  using Bits = std::int32_t;
  static float Value(Bits bits) { return std::bit_cast<float>(bits); }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7FFFFFFF); }
};
template <const FloatTable& table>
struct AsFloat8 {
  using Bits = std::int8_t;
  static float Value(Bits bits) { return table[static_cast<std::uint8_t>(bits)]; }
  static std::int32_t Key(std::int32_t bits) { return bits ^ (bits >> 31 & 0x7F); }
};
template <const FloatTable& table>
struct AsPowerOfTwo {
  using Bits = std::uint8_t;
  static float Value(Bits bits) { return table[bits]; }
  static std::int32_t Key(std::int32_t bits) { return bits; }
};

struct Lanes {
  alignas(64) Count32 different[kLanes] = {};
  alignas(64) Count32 nan_in_one[kLanes] = {};
  alignas(64) Count32 nan_bits[kLanes] = {};
  alignas(64) Count32 max_ulps[kLanes] = {};
  alignas(64) float max_distance[kLanes] = {};
};

template <typename Type>
STATESTONE_INLINE_BODY void CountStep(Lanes& lanes, const std::byte* a_bytes,
                                      const std::byte* b_bytes) {
  std::array<typename Type::Bits, kLanes> a_bits;
  std::array<typename Type::Bits, kLanes> b_bits;
  std::memcpy(a_bits.data(), a_bytes, sizeof a_bits);
  std::memcpy(b_bits.data(), b_bytes, sizeof b_bits);
  STATESTONE_KEEP_LOOP
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const float a = Type::Value(a_bits[lane]);
    const float b = Type::Value(b_bits[lane]);
    const std::int32_t ka = Type::Key(a_bits[lane]);
    const std::int32_t kb = Type::Key(b_bits[lane]);
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
    const auto distance = std::bit_cast<float>(std::bit_cast<Count32>(std::fabs(a - b)) & mask);
    lanes.different[lane] += other;
    lanes.nan_in_one[lane] += other & (a_nan ^ b_nan);
    lanes.nan_bits[lane] += other & a_nan & b_nan;
    lanes.max_ulps[lane] = ulps > lanes.max_ulps[lane] ? ulps : lanes.max_ulps[lane];
    lanes.max_distance[lane] =
        distance > lanes.max_distance[lane] ? distance : lanes.max_distance[lane];
  }
}

template <typename Type>
STATESTONE_INLINE_BODY NarrowCounts Count(const std::byte* a, const std::byte* b,
                                          std::size_t count) {
  constexpr std::size_t kStep = kLanes * sizeof(typename Type::Bits);
  Lanes lanes;
  for (; count >= kLanes; count -= kLanes, a += kStep, b += kStep) CountStep<Type>(lanes, a, b);
  if (count != 0) {
    // What is missing to a whole step is equal, and counts for nothing.
    std::array<std::byte, kStep> a_rest{};
    std::array<std::byte, kStep> b_rest{};
    std::memcpy(a_rest.data(), a, count * sizeof(typename Type::Bits));
    std::memcpy(b_rest.data(), b, count * sizeof(typename Type::Bits));
    CountStep<Type>(lanes, a_rest.data(), b_rest.data());
  }
  NarrowCounts counts;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    counts.different += lanes.different[lane];
    counts.nan_in_one += lanes.nan_in_one[lane];
    counts.nan_bits += lanes.nan_bits[lane];
    counts.max_ulps = std::max(counts.max_ulps, lanes.max_ulps[lane]);
    counts.max_distance = std::max(counts.max_distance, lanes.max_distance[lane]);
  }
  return counts;
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
