// Where the units of a chunk go as they are put together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>

namespace statestone::chunk {

/// Either the memory they are decoded into, or a block that is compared, while it is in the
/// first-level cache, with the bytes that they should be.
class UnitTarget {
 public:
  /// At most so many bytes are placed at once.
  static constexpr std::size_t kMostBytes = 4096;

  static UnitTarget Into(std::byte* raw) { return UnitTarget(raw, nullptr); }
  static UnitTarget Against(const std::byte* raw) { return UnitTarget(nullptr, raw); }

  /// Whether there is memory for the whole chunk, all of it behind Place(0).
  bool decodes() const { return into_ != nullptr; }

  /// Says that `size` bytes at Place(offset) come soon: their lines then move from memory while
  /// others are worked on. Only where the chunk's memory is written in two places in turn, which
  /// processors do not foresee.
  void Prefetch(std::size_t offset, std::size_t size) const {
    if (into_ == nullptr) return;
    constexpr std::size_t kLine = 64;
    for (std::size_t at = 0; at < size; at += kLine) __builtin_prefetch(into_ + offset + at, 1);
  }

  /// Where to write the bytes that belong `offset` bytes behind the start of the chunk.
  std::byte* Place(std::size_t offset) { return into_ != nullptr ? into_ + offset : block_.data(); }

  /// To be called when the `size` bytes at Place(offset) are written.
  void Placed(std::size_t offset, std::size_t size) {
    if (into_ == nullptr) Compare(offset, block_.data(), size);
  }

  /// `size` bytes that are there already.
  void Put(std::size_t offset, const std::byte* bytes, std::size_t size) {
    if (size == 0 || (into_ != nullptr && into_ + offset == bytes)) return;
    if (into_ != nullptr) {
      std::memcpy(into_ + offset, bytes, size);
    } else {
      Compare(offset, bytes, size);
    }
  }

  /// Offset of the first byte that was not what it should be.
  std::optional<std::size_t> first_difference() const { return first_difference_; }

 private:
  UnitTarget(std::byte* into, const std::byte* against) : into_(into), against_(against) {}

  void Compare(std::size_t offset, const std::byte* bytes, std::size_t size) {
    const std::byte* expected = against_ + offset;
    if (std::memcmp(bytes, expected, size) == 0) return;
    const std::byte* difference = std::mismatch(bytes, bytes + size, expected).first;
    const std::size_t place = offset + static_cast<std::size_t>(difference - bytes);
    first_difference_ = std::min(first_difference_.value_or(place), place);
  }

  std::byte* into_;
  const std::byte* against_;
  std::optional<std::size_t> first_difference_;
  alignas(64) std::array<std::byte, kMostBytes> block_;
};

}  // namespace statestone::chunk
