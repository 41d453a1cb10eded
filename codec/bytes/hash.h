// The two checksums of the format: XXH3-64 and XXH3-128, seed 0. They detect damage, not tampering.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace statestone::bytes {

[[nodiscard]] std::uint64_t Xxh3(std::span<const std::byte> data);

/// The same sum without the instructions that only some processors have; Xxh3 picks.
[[nodiscard]] std::uint64_t Xxh3Portable(std::span<const std::byte> data);

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

[[nodiscard]] Hash128 Xxh3Wide(std::span<const std::byte> data);

}  // namespace statestone::bytes
