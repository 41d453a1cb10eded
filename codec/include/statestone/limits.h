// Limits of the format. The writer refuses to finish a file beyond them, and the reader refuses
// such a file before it allocates anything: what one side writes the other can read.
#pragma once

#include <cstdint>

namespace statestone::limits {

/// The raw index. FlatBuffers address 2 GiB; 512 MiB hold 4 Mi tensors with 90-byte names, and
/// cap what opening a hostile file may allocate.
inline constexpr std::uint64_t kIndexBytes = 512ull << 20;

/// Times that a coded index may be larger than its stored bytes: 512 MiB then take a file of 2 MiB.
/// Indexes of large checkpoints shrink to a tenth.
inline constexpr std::uint64_t kIndexExpansion = 256;

/// Tensors in one file: 4 Mi. The largest checkpoints known have under 1 Mi; columns index by u32.
inline constexpr std::uint64_t kTensors = 4ull << 20;

/// Storages and chunks are u32 indices as well; 16 Mi chunks of the default size are 8 TiB of bf16.
inline constexpr std::uint64_t kStorages = 4ull << 20;
inline constexpr std::uint64_t kChunks = 16ull << 20;

/// Root entries and scopes: tables, one each; people make tens of them.
inline constexpr std::uint64_t kEntries = 64ull << 10;
inline constexpr std::uint64_t kScopes = 64ull << 10;

/// Bytes of one tensor or entry name, UTF-8. File systems stop at 4 KiB, module paths far earlier.
inline constexpr std::uint64_t kNameBytes = 64ull << 10;

/// Dimensions of a tensor. torch itself stops at 64 where it matters (TensorIterator, printing).
inline constexpr std::uint64_t kRank = 64;

/// Display paths of all tensors, their names in a model or dict left out: as much as an index may
/// have. A name of 64 KiB around a million tensors would take 64 GiB to list.
inline constexpr std::uint64_t kPathBytes = 512ull << 20;

/// Nesting of one value tree. Deeper data is a sign of a cycle; Python's own limit is near 1000.
inline constexpr std::uint64_t kValueDepth = 64;

/// Bytes of one integer: 8192 bits. Writing one in decimal, as paths do for keys, is quadratic.
inline constexpr std::uint64_t kBigIntBytes = 1024;

/// Bytes of all elements of a tensor that has more elements than its memory holds (stride 0): a few
/// bytes on disk must not name more than a reader can ever hand out.
inline constexpr std::uint64_t kRepeatedBytes = 4ull << 30;

/// Bytes of one tensor or storage: 2^56 keeps every sum of two sizes inside 64 bits and strides
/// inside int64, and is beyond any disk.
inline constexpr std::uint64_t kStorageBytes = 1ull << 56;

/// Decoded bytes of one chunk: what a reader needs as scratch for one slice.
inline constexpr std::uint64_t kChunkBytes = 16ull << 20;

/// Smallest chunk, in decoded bytes: keeps raw chunks 64-byte aligned.
inline constexpr std::uint64_t kMinChunkBytes = 64;

}  // namespace statestone::limits
