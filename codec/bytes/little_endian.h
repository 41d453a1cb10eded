// Fixed-width little-endian integers in byte buffers.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

static_assert(std::endian::native == std::endian::little,
              "Statestone supports little-endian hosts only");

namespace statestone::bytes {

template <std::unsigned_integral T>
[[nodiscard]] inline T Load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <std::unsigned_integral T>
inline void Store(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

}  // namespace statestone::bytes
