// The plane coding `pairs`: each byte of a plane as a code of 4 bits, the codes of the first and
// the second half of the plane packed two in a byte, rare bytes listed aside. For the exponents of
// weights it gives zstd half the symbols to code. Normative text: spec/format.md, "Coded chunks".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/chunk/unit_target.h"

namespace statestone::chunk {

/// Bytes that have no code, in the order of the units once `second` is put behind `first`.
struct Exceptions {
  std::vector<std::byte> first;   ///< of the first half of the plane
  std::vector<std::byte> second;  ///< of the second half

  std::size_t size() const { return first.size() + second.size(); }
  void Clear();
};

/// More exceptions than this are not worth their bytes; packing stops soon after it met them.
constexpr std::size_t MostExceptions(std::size_t units) { return units / 16; }

/// Packs the codes of `plane` into PackedSize(units) bytes at `packed`. Returns false, with the
/// rest of the targets left unwritten, if there are too many exceptions.
bool PackPlane(const std::byte* plane, std::size_t units, std::uint8_t top, std::byte* packed,
               Exceptions& exceptions);

/// Rotates units of 2 bytes, writes their lower bytes to `low` and packs the upper ones.
bool SplitAndPack2(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* low,
                   std::byte* packed, Exceptions& exceptions);

/// Rotates units of 4 bytes, writes their lower two bytes to `joined`, the third to `plane2`, and
/// packs the upper ones.
bool SplitAndPack4(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* joined,
                   std::byte* plane2, std::byte* packed, Exceptions& exceptions);

/// A plane coded as pairs, its frame decompressed.
struct PackedPlane {
  std::uint8_t top = kNoTop;
  const std::byte* codes = nullptr;  ///< PackedSize(units) bytes
  std::span<const std::byte> exceptions;

  static constexpr std::uint8_t kNoTop = 0;
};

// The way back. Each call returns how many codes ask for an exception. It is for the caller to
// demand that this is the number there are: those that are missing count as 0, so nothing is read
// out of bounds.

std::size_t UnpackPlane(const PackedPlane& packed, std::size_t units, std::byte* plane);

/// The way back of SplitAndPack2.
std::size_t UnpackAndMerge2(const std::byte* low, const PackedPlane& packed, std::size_t units,
                            UnitTarget& target);

/// The way back of SplitAndPack4.
std::size_t UnpackAndMerge4(const std::byte* joined, const std::byte* plane2,
                            const PackedPlane& packed, std::size_t units, UnitTarget& target);

}  // namespace statestone::chunk
