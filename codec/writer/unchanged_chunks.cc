#include "codec/writer/unchanged_chunks.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "codec/pipeline/ordered_pipeline.h"
#include "codec/reader/paths.h"
#include "codec/writer/checkpoint_state.h"

namespace statestone::writer {
namespace {

ReadOptions ReadAs(const WriteOptions& options) {
  ReadOptions read;
  read.threads = options.threads;
  read.stop = options.stop;
  return read;
}

std::optional<std::uint32_t> AttachmentStorage(const container::Index& index,
                                               std::string_view name) {
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    if (entry.name()->string_view() != name) continue;
    if (entry.kind() != schema::EntryKind::attachment) return std::nullopt;
    return entry.attachment()->storage();
  }
  return std::nullopt;
}

}  // namespace

UnchangedChunks::UnchangedChunks(const Checkpoint& checkpoint, Placement& placement,
                                 const StorageBytes& bytes, const reader::OpenedFile& before,
                                 const WriteOptions& options)
    : before_(before),
      read_(ReadAs(options)),
      reader_(*before.source, before.index, read_),
      counterparts_(placement.storages.size()) {
  FindCounterparts(checkpoint, placement);
  for (std::uint32_t s = 0; s < counterparts_.size(); ++s) {
    std::optional<Counterpart>& counterpart = counterparts_[s];
    if (!counterpart) continue;
    PlannedStorage& planned = placement.storages[s];
    const schema::Storage& row = before.index.storages[counterpart->storage];
    planned.chunk_units_log2 = row.chunk_units_log2();
    if (!counterpart->is_raw || before.index.chunk_count(row) == 1) continue;
    counterpart->equal = EqualsRaw(s, planned, bytes);
    if (!counterpart->equal) {
      planned.chunk_units_log2 = options.chunk_units_log2;
      counterpart.reset();
    }
  }
}

void UnchangedChunks::FindCounterparts(const Checkpoint& checkpoint, const Placement& placement) {
  if (placement.storages.empty()) return;
  // By number of the attachment, those of unknown entries counted.
  std::vector<std::string> attachments;
  const Checkpoint::State& state = checkpoint.state();
  for (std::size_t i = 0; i < state.entries.size(); ++i) {
    const auto unknown = state.unknown_entries.find(i);
    const bool has_attachment =
        unknown != state.unknown_entries.end()
            ? unknown->second.attachment.has_value()
            : std::holds_alternative<AttachmentSource>(state.entries[i].body);
    if (has_attachment) attachments.push_back(state.entries[i].name);
  }
  const std::vector<std::string> paths = checkpoint.DisplayPaths();
  const container::Index& index = before_.index;
  for (std::uint32_t s = 0; s < placement.storages.size(); ++s) {
    const PlannedStorage& planned = placement.storages[s];
    if (planned.parts.empty()) continue;
    const std::uint32_t first = planned.parts.front().tensor;
    if (planned.attachment) {
      const auto storage = AttachmentStorage(index, attachments[first]);
      if (storage) Consider(s, planned, *storage);
      continue;
    }
    const auto tensor = reader::FindTensorByPath(index, paths[first]);
    if (!tensor || index.tensors[*tensor].offset() != placement.tensors[first].offset) continue;
    Consider(s, planned, index.tensors[*tensor].storage());
  }
}

void UnchangedChunks::Consider(std::uint32_t storage, const PlannedStorage& planned,
                               std::uint32_t before) {
  const schema::Storage& row = before_.index.storages[before];
  const bool comparable = row.bytes() == planned.bytes && row.unit() == planned.unit &&
                          (row.filter() == 1) == planned.rotate && before_.index.is_readable(row);
  if (comparable) counterparts_[storage] = Counterpart{before, row.layout() == 0, false};
}

// What is stored raw stands in one piece, so that a part of it cannot be taken over.
bool UnchangedChunks::EqualsRaw(std::uint32_t storage, const PlannedStorage& planned,
                                const StorageBytes& bytes) const {
  if (bytes.NeedsPieces(planned, 0, planned.bytes)) return false;
  const std::uint32_t number = counterparts_[storage]->storage;
  const schema::Storage& row = before_.index.storages[number];
  const std::uint64_t chunk_bytes = before_.index.chunk_bytes(row);
  const std::uint64_t count = before_.index.chunk_count(row);
  std::atomic<bool> equal = true;
  const std::size_t threads =
      std::min<std::uint64_t>(pipeline::ResolveThreads(read_.threads), count);
  std::vector<reader::Scratch> scratch(threads);
  std::vector<std::vector<std::byte>> assembled(threads);
  pipeline::ParallelFor(
      threads, count,
      [&](std::size_t k, std::size_t worker) {
        if (!equal) return;
        const std::uint64_t begin = k * chunk_bytes;
        const auto raw = bytes.Assemble(
            planned, begin, std::min(planned.bytes, begin + chunk_bytes), assembled[worker]);
        const auto chunk = row.first_chunk() + static_cast<std::uint32_t>(k);
        try {
          const auto stored = reader_.Stored(chunk, scratch[worker], true);
          if (std::memcmp(raw.data(), stored.data(), raw.size()) != 0) equal = false;
        } catch (const Error& error) {
          // What cannot be read any more is written anew.
          if (error.code() != ErrorCode::kCorrupt) throw;
          equal = false;
        }
      },
      read_.stop);
  return equal;
}

std::optional<StorageLayout> UnchangedChunks::LayoutBefore(std::uint32_t storage) const {
  const auto& counterpart = counterparts_[storage];
  if (!counterpart) return std::nullopt;
  return counterpart->is_raw ? StorageLayout::kRaw : StorageLayout::kPlanes;
}

std::optional<schema::Chunk> UnchangedChunks::Find(std::uint32_t storage, std::uint64_t k,
                                                   std::span<const std::byte> raw,
                                                   std::uint64_t decoded_sum,
                                                   reader::Scratch& scratch) const {
  const auto& counterpart = counterparts_[storage];
  if (!counterpart) return std::nullopt;
  const schema::Storage& row = before_.index.storages[counterpart->storage];
  const schema::Chunk& chunk = before_.index.chunks[row.first_chunk() + k];
  if (counterpart->equal) return chunk;
  if (chunk.decoded_sum() != decoded_sum) return std::nullopt;
  scratch.decoded.resize(raw.size());
  try {
    reader_.Decode(counterpart->storage, k, scratch.decoded, scratch, true);
  } catch (const Error& error) {
    // What cannot be read any more is written anew.
    if (error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported) {
      return std::nullopt;
    }
    throw;
  }
  if (std::memcmp(scratch.decoded.data(), raw.data(), raw.size()) != 0) return std::nullopt;
  return chunk;
}

}  // namespace statestone::writer
