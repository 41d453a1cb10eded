// The fixed parts of a file: the head and the tail of each generation. spec/format.md 3 and 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/bytes/hash.h"

namespace statestone::container {

inline constexpr std::uint64_t kAlignment = 64;
inline constexpr std::uint64_t kRawAlignment = 4096;  // of raw storages of 1 MiB or more
inline constexpr std::uint64_t kRawAlignmentFrom = 1 << 20;
inline constexpr std::size_t kHeadBytes = 64;
inline constexpr std::size_t kTailBytes = 128;

inline constexpr std::array<unsigned char, 8> kMagic = {0xD3, 'S',  'T',  'N',
                                                        '\r', '\n', 0x1A, '\n'};
inline constexpr std::array<unsigned char, 8> kClosingMagic = {'\n', 0x1A, '\n', '\r',
                                                               'N',  'T',  'S',  0xD3};

struct Tail {
  std::uint64_t index_offset = 0;
  std::uint64_t index_stored_bytes = 0;
  std::uint64_t index_raw_bytes = 0;
  std::uint32_t index_coding = 0;
  bytes::Hash128 index_sum;
  std::uint64_t generation = 1;
  std::uint64_t end_offset = 0;
  std::uint64_t previous = 0;
  std::uint64_t previous_sum = 0;
  std::uint64_t sum = 0;  // as stored; EncodeTail computes it anew
};

std::array<std::byte, kHeadBytes> EncodeHead();
std::array<std::byte, kTailBytes> EncodeTail(const Tail& tail);

/// Steps 1 to 4 of opening, on the first bytes of a file of `file_bytes` bytes (64 of them, or all
/// if it has fewer). \throws Error not_statestone, incomplete, corrupt, unsupported
void CheckHead(std::span<const std::byte> first_bytes, std::uint64_t file_bytes);

/// Steps 5 to 10 of opening for the tail at `tail_offset`, whose end must be `end`.
/// \throws Error incomplete, corrupt, unsupported, limit
Tail DecodeTail(std::span<const std::byte, kTailBytes> bytes, std::uint64_t tail_offset);

/// Step 5: whether a file of this size can end in a tail at all. \throws Error incomplete
void CheckFileSize(std::uint64_t file_bytes);

}  // namespace statestone::container
