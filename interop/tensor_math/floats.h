// The numbers that small floating point types stand for, exactly; and rounding to them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace statestone::tensor_math {

constexpr float FromBFloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// Of the low 16 bits. Without a branch, and in 32 bits, so that loops over it vectorize.
constexpr float FromFloat16(std::uint32_t bits) {
  const std::uint32_t magnitude = (bits & 0x7FFFu) << 13;
  // Moves the exponent's bias from 15 to 127, for subnormal numbers too.
  const std::uint32_t finite =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
  const std::uint32_t special = (bits & 0x7C00u) == 0x7C00u ? 0x7F800000u : 0;
  return std::bit_cast<float>(finite | special | (bits & 0x8000u) << 16);
}

/// Types of one byte: a sign (or none), an exponent, a mantissa.
struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  bool has_infinity;          ///< the highest exponent is infinity and NaN, as in IEEE 754
  bool negative_zero_is_nan;  ///< and the only NaN; else all ones is NaN if there is no infinity
};

inline constexpr SmallFloat kFloat8E4M3FN = {4, 3, 7, false, false};
inline constexpr SmallFloat kFloat8E5M2 = {5, 2, 15, true, false};
inline constexpr SmallFloat kFloat8E4M3FNUZ = {4, 3, 8, false, true};
inline constexpr SmallFloat kFloat8E5M2FNUZ = {5, 2, 16, false, true};

using FloatTable = std::array<float, 256>;

constexpr float PowerOfTwo(int exponent) {
  float power = 1;
  for (; exponent > 0; --exponent) power *= 2;
  for (; exponent < 0; ++exponent) power /= 2;
  return power;
}

constexpr FloatTable TableOf(const SmallFloat& type) {
  FloatTable table{};
  for (unsigned bits = 0; bits < 256; ++bits) {
    const unsigned mantissa = bits & ((1u << type.mantissa_bits) - 1);
    const unsigned magnitude = bits & 0x7F;
    const int exponent = static_cast<int>(magnitude >> type.mantissa_bits);
    const int highest = (1 << type.exponent_bits) - 1;
    const float unit = PowerOfTwo((exponent == 0 ? 1 : exponent) - type.bias - type.mantissa_bits);
    const unsigned digits = exponent == 0 ? mantissa : mantissa | 1u << type.mantissa_bits;
    float value = static_cast<float>(digits) * unit;
    if (type.has_infinity && exponent == highest) {
      value = mantissa == 0 ? std::numeric_limits<float>::infinity()
                            : std::numeric_limits<float>::quiet_NaN();
    }
    const bool all_ones = magnitude == 0x7F && !type.has_infinity && !type.negative_zero_is_nan;
    if (all_ones || (type.negative_zero_is_nan && bits == 0x80)) {
      value = std::numeric_limits<float>::quiet_NaN();
    }
    table[bits] = bits > 0x7F ? -value : value;
  }
  return table;
}

/// A power of two and no sign: 2^(bits - 127), 255 is NaN.
constexpr FloatTable TableOfE8M0() {
  FloatTable table{};
  for (int bits = 0; bits < 255; ++bits)
    table[static_cast<unsigned>(bits)] = PowerOfTwo(bits - 127);
  table[255] = std::numeric_limits<float>::quiet_NaN();
  return table;
}

/// The 16 numbers of float4_e2m1fn; a byte of float4_e2m1fn_x2 has its first in the low half.
inline constexpr std::array<float, 16> kFloat4 = {0,    0.5F,  1,  1.5F,  2,  3,  4,  6,
                                                  -0.F, -0.5F, -1, -1.5F, -2, -3, -4, -6};

/// Rounds to nearest, ties to even; NaN stays NaN, with its sign.
constexpr std::uint16_t ToBFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
  const bool nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  return static_cast<std::uint16_t>(nan ? bits >> 16 | 0x40u : rounded);
}

/// Rounds to nearest, ties to even; what is too large becomes infinity.
constexpr std::uint16_t ToFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  // Below 2^-14 the sum with 0.5 has its last digit where a subnormal float16 has it, and the
  // addition rounds; above, the mantissa is rounded as an integer and carries into the exponent.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(shifted) - 0x3F000000u;
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xFFFu + (magnitude >> 13 & 1u)) >> 13;
  std::uint32_t half = magnitude < 0x38800000u ? subnormal : normal;
  if (magnitude >= 0x477FF000u) half = 0x7C00u;  // 65520 and above
  if (magnitude > 0x7F800000u) half = 0x7E00u | (magnitude >> 13 & 0x3FFu);
  return static_cast<std::uint16_t>(sign | half);
}

/// The float nearest to `value` whose last bit says whether digits were cut off: rounding it once
/// more, to a shorter type, gives what rounding `value` itself gives.
constexpr float RoundToOdd(double value) {
  const auto nearest = static_cast<float>(value);
  const auto back = static_cast<double>(nearest);
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (back == value || value != value) return nearest;
  const bool away = (value < 0) ? back < value : back > value;
  if (away) --bits;  // towards zero; the largest finite number for infinity
  return std::bit_cast<float>(bits | 1u);
}

}  // namespace statestone::tensor_math
