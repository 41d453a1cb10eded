// Arithmetic on numbers that come from a file: every sum and product says whether it fitted.
#pragma once

#include <cstdint>
#include <optional>

namespace statestone::bytes {

[[nodiscard]] inline std::optional<std::uint64_t> CheckedAdd(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

[[nodiscard]] inline std::optional<std::uint64_t> CheckedMultiply(std::uint64_t a,
                                                                  std::uint64_t b) {
  std::uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// `value` rounded up to a multiple of `alignment`, a power of two.
[[nodiscard]] inline std::optional<std::uint64_t> CheckedAlignUp(std::uint64_t value,
                                                                 std::uint64_t alignment) {
  const auto sum = CheckedAdd(value, alignment - 1);
  if (!sum) return std::nullopt;
  return *sum & ~(alignment - 1);
}

/// Whether [offset, offset + size) lies inside [0, limit), without overflow.
[[nodiscard]] inline bool RangeFits(std::uint64_t offset, std::uint64_t size, std::uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

/// For numbers this process made itself, where overflow cannot happen.
[[nodiscard]] constexpr std::uint64_t AlignUp(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

[[nodiscard]] constexpr std::uint64_t CeilDivide(std::uint64_t a, std::uint64_t b) {
  return a / b + (a % b != 0);
}

}  // namespace statestone::bytes
