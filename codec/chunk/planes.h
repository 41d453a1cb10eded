// Rotates units and takes them apart into byte planes, and puts them together again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/chunk/chunk_codec.h"
#include "codec/chunk/chunk_layout.h"

namespace statestone::chunk {

/// One pointer for each byte of a unit, least significant first; those past the unit are unused.
using PlanePointers = std::array<std::byte*, kMaxPlanes>;
using ConstPlanePointers = std::array<const std::byte*, kMaxPlanes>;

/// Writes byte k of every unit, rotated if the shape says so, to planes[k], for `units` units.
void Split(const std::byte* raw, std::size_t units, Shape shape, const PlanePointers& planes);

/// The same for units of 4 bytes with the two lower planes interleaved: `joined` gets 2 bytes for
/// each unit.
void SplitJoined(const std::byte* raw, std::size_t units, bool rotate, std::byte* joined,
                 std::byte* plane2, std::byte* plane3);

/// The way back of Split.
void Merge(const ConstPlanePointers& planes, std::size_t units, Shape shape, std::byte* raw);

/// The way back of SplitJoined.
void MergeJoined(const std::byte* joined, const std::byte* plane2, const std::byte* plane3,
                 std::size_t units, bool rotate, std::byte* raw);

/// Takes `units` pairs of interleaved bytes apart: what `joined` means for any unit.
void SeparateJoined(const std::byte* joined, std::size_t units, std::byte* even, std::byte* odd);

}  // namespace statestone::chunk
