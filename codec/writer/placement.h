// Decides which storage every tensor goes to: ties, packs, strides. spec/format.md, section 14.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/layout/strided.h"
#include "statestone/checkpoint.h"

namespace statestone::writer {

/// A tensor as described by the caller, checked, with its strides filled in.
struct TensorRecord {
  TensorSource source;
  std::uint32_t scope = 0;
  std::uint64_t bytes = 0;  ///< elements times their size

  /// Where a tensor of the generation before lies that is not written again. Its source then has
  /// neither data nor pieces, and its dtype may be one of the future.
  struct Kept {
    std::uint32_t storage = 0;  ///< of the generation before
    std::uint64_t offset = 0;
    bool keeps_strides = false;
  };
  std::optional<Kept> kept = {};

  layout::Layout layout() const {
    return {source.shape, source.strides, ElementBytes(source.dtype)};
  }
  const std::byte* data() const { return static_cast<const std::byte*>(source.data); }
};

/// Where some bytes of a storage come from. Offsets are in the storage.
struct Part {
  enum class Kind : std::uint8_t {
    kDirect,   ///< `bytes` bytes of memory, one behind the other
    kGather,   ///< the tensor's elements in row-major order
    kOverlay,  ///< the bytes that the tensor touches, in place
    kPieces,   ///< from the tensor's or attachment's PieceReader, in order
  };
  Kind kind = Kind::kDirect;
  std::uint32_t tensor = 0;  ///< or the attachment, in a storage of one
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

struct PlannedStorage {
  std::uint64_t bytes = 0;
  std::uint8_t unit = 1;
  bool rotate = false;
  bool attachment = false;
  std::uint8_t chunk_units_log2 = 18;
  std::vector<Part> parts;  ///< sorted by offset; only kOverlay parts overlap

  /// Decoded size of each chunk but the last.
  std::uint64_t chunk_bytes() const { return std::uint64_t{unit} << chunk_units_log2; }
};

struct Place {
  std::uint32_t storage = 0;
  std::uint64_t offset = 0;
  bool keeps_strides = false;  ///< false: dense row-major in the file
};

struct Placement {
  std::vector<PlannedStorage> storages;  ///< to be written
  std::vector<Place> tensors;  ///< by tensor number; storages count from the first written
};

/// For each tensor the number of its tie group, or kUntied; and the members of each group. Groups
/// are in order of their addresses.
struct TieGroups {
  std::vector<std::uint32_t> of;
  std::vector<std::vector<std::uint32_t>> members;
};
inline constexpr std::uint32_t kUntied = 0xFFFFFFFF;

/// Tensors whose memory overlaps, transitively. Cost: n log n.
TieGroups FindTies(const std::vector<TensorRecord>& tensors);

/// Places all tensors but the kept ones, in order of insertion. Cost: n log n.
/// \throws Error unrepresentable for tied tensors that are no whole number of elements apart
Placement PlaceTensors(const std::vector<TensorRecord>& tensors);

}  // namespace statestone::writer
