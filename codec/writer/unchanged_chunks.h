// Finds chunks to be written that the generation before holds already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/reader/chunk_reader.h"
#include "codec/reader/open_file.h"
#include "codec/writer/placement.h"
#include "schema/statestone_generated.h"
#include "statestone/checkpoint.h"
#include "statestone/options.h"

namespace statestone::writer {

/// A storage is held against the one in which the tensor of the same path lay, or the attachment of
/// the same name, if that has its size and form. Equal sums alone never make two chunks one: the
/// bytes are compared. Thread-safe once made.
class UnchangedChunks {
 public:
  /// Sets `chunk_units_log2` of storages that have a counterpart to that one's, so that their
  /// chunks can be compared at all.
  UnchangedChunks(const Checkpoint& checkpoint, Placement& placement,
                  const reader::OpenedFile& before, const WriteOptions& options);

  /// Whether chunks of a storage may be found, and the layout that the storage then has.
  std::optional<StorageLayout> LayoutBefore(std::uint32_t storage) const;

  /// Whether a storage's chunks can only be kept all together: stored raw, they stand in one piece.
  bool StandsInOnePiece(std::uint32_t storage) const;

  /// The stored bytes of chunk `k` as they were, checked. \throws Error io, corrupt
  std::span<const std::byte> StoredBefore(std::uint32_t storage, std::uint64_t k,
                                          reader::Scratch& scratch) const;

  /// The row of chunk `k` as it was, if it holds the bytes `raw`, whose sum is `decoded_sum`.
  /// \throws Error io, canceled
  std::optional<schema::Chunk> Find(std::uint32_t storage, std::uint64_t k,
                                    std::span<const std::byte> raw, std::uint64_t decoded_sum,
                                    reader::Scratch& scratch) const;

 private:
  // What stands for a storage in the generation before.
  struct Counterpart {
    std::uint32_t storage = 0;
    bool is_raw = false;
  };

  void FindCounterparts(const Checkpoint& checkpoint, const Placement& placement);
  void Consider(std::uint32_t storage, const PlannedStorage& planned, std::uint32_t before);

  const reader::OpenedFile& before_;
  ReadOptions read_;
  reader::ChunkReader reader_;
  std::vector<std::optional<Counterpart>> counterparts_;  // by planned storage
};

}  // namespace statestone::writer
