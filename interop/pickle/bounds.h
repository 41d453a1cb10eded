// What a pickle may cost. Every number bounds memory or time that a hostile file could ask for.
#pragma once

#include <cstdint>

namespace statestone::pickle {

/// Bytes of one pickle. torch writes about 230 bytes for a tensor with a name of 30 characters:
/// this holds the 4 Mi tensors that a .stone file may have. Offsets in it fit 32 bits.
inline constexpr std::uint64_t kPickleBytes = 1ull << 30;

/// Objects that a pickle makes, 24 bytes each. A tensor of torch is about 14 of them, so 4 Mi
/// tensors fit; the smallest object takes one byte of pickle, so this is reached only by bombs.
inline constexpr std::uint64_t kObjects = 64ull << 20;

/// Digits of an integer written as text, as Python itself has it: reading decimals takes time that
/// grows with the square of their number.
inline constexpr std::uint64_t kDecimalDigits = 4300;

/// Characters of a class's or function's dotted name that are shown. Longer ones are never on the
/// list.
inline constexpr std::uint64_t kGlobalName = 200;

/// Nodes of values made from one pickle: more do not fit the index of a .stone file (512 MiB).
inline constexpr std::uint64_t kValueNodes = 16ull << 20;

/// What containers and texts that several places share may add when they are written out at each
/// place, beyond the size of the pickle itself: nodes (about 140 bytes each), and bytes of text.
/// Real files share a few small tuples; a nest of shared lists doubles with every level.
inline constexpr std::uint64_t kSharedNodes = 128ull << 10;
inline constexpr std::uint64_t kSharedBytes = 64ull << 20;

}  // namespace statestone::pickle
