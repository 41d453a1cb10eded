#include "codec/writer/unchanged_chunks.h"

#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

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

// By name.
std::unordered_map<std::string_view, std::uint32_t> AttachmentStorages(
    const container::Index& index) {
  std::unordered_map<std::string_view, std::uint32_t> storages;
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    if (entry.kind() != schema::EntryKind::attachment) continue;
    storages.emplace(entry.name()->string_view(), entry.attachment()->storage());
  }
  return storages;
}

}  // namespace

UnchangedChunks::UnchangedChunks(const Checkpoint& checkpoint, Placement& placement,
                                 const reader::OpenedFile& before, const WriteOptions& options)
    : before_(before),
      read_(ReadAs(options)),
      reader_(*before.source, before.index, read_),
      counterparts_(placement.storages.size()) {
  FindCounterparts(checkpoint, placement);
  for (std::uint32_t s = 0; s < counterparts_.size(); ++s) {
    if (!counterparts_[s]) continue;
    const schema::Storage& row = before.index.storages[counterparts_[s]->storage];
    placement.storages[s].chunk_units_log2 = row.chunk_units_log2();
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
  const container::Index& index = before_.index;
  const auto attachment_storages = AttachmentStorages(index);
  const std::vector<std::string> paths = checkpoint.DisplayPaths();
  const std::vector<std::string> paths_before = reader::TensorPaths(index);
  std::unordered_map<std::string_view, std::uint32_t> tensors;
  tensors.reserve(paths_before.size());
  for (std::uint32_t i = 0; i < paths_before.size(); ++i) tensors.emplace(paths_before[i], i);
  for (std::uint32_t s = 0; s < placement.storages.size(); ++s) {
    const PlannedStorage& planned = placement.storages[s];
    if (planned.parts.empty()) continue;
    const std::uint32_t first = planned.parts.front().tensor;
    if (planned.attachment) {
      const auto found = attachment_storages.find(attachments[first]);
      if (found != attachment_storages.end()) Consider(s, planned, found->second);
      continue;
    }
    const auto found = tensors.find(paths[first]);
    if (found == tensors.end()) continue;
    const schema::Tensor& tensor = index.tensors[found->second];
    if (tensor.offset() == placement.tensors[first].offset) Consider(s, planned, tensor.storage());
  }
}

void UnchangedChunks::Consider(std::uint32_t storage, const PlannedStorage& planned,
                               std::uint32_t before) {
  const schema::Storage& row = before_.index.storages[before];
  const bool comparable = row.bytes() == planned.bytes && row.unit() == planned.unit &&
                          (row.filter() == 1) == planned.rotate && before_.index.is_readable(row);
  if (comparable) counterparts_[storage] = Counterpart{before, row.layout() == 0};
}

std::optional<StorageLayout> UnchangedChunks::LayoutBefore(std::uint32_t storage) const {
  const auto& counterpart = counterparts_[storage];
  if (!counterpart) return std::nullopt;
  return counterpart->is_raw ? StorageLayout::kRaw : StorageLayout::kPlanes;
}

bool UnchangedChunks::StandsInOnePiece(std::uint32_t storage) const {
  const auto& counterpart = counterparts_[storage];
  return counterpart && counterpart->is_raw;
}

std::span<const std::byte> UnchangedChunks::StoredBefore(std::uint32_t storage, std::uint64_t k,
                                                         reader::Scratch& scratch) const {
  const schema::Storage& row = before_.index.storages[counterparts_[storage]->storage];
  return reader_.Stored(row.first_chunk() + static_cast<std::uint32_t>(k), scratch, true);
}

std::optional<schema::Chunk> UnchangedChunks::Find(std::uint32_t storage, std::uint64_t k,
                                                   std::span<const std::byte> raw,
                                                   std::uint64_t decoded_sum,
                                                   reader::Scratch& scratch) const {
  const auto& counterpart = counterparts_[storage];
  if (!counterpart) return std::nullopt;
  const schema::Storage& row = before_.index.storages[counterpart->storage];
  const schema::Chunk& chunk = before_.index.chunks[row.first_chunk() + k];
  if (chunk.decoded_sum() != decoded_sum) return std::nullopt;
  std::span<const std::byte> before;
  try {
    if (counterpart->is_raw) {
      before = StoredBefore(storage, k, scratch);
    } else {
      scratch.decoded.resize(raw.size());
      reader_.Decode(counterpart->storage, k, scratch.decoded, scratch, true);
      before = scratch.decoded;
    }
  } catch (const Error& error) {
    // What cannot be read any more is written anew.
    if (error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported) {
      return std::nullopt;
    }
    throw;
  }
  if (std::memcmp(before.data(), raw.data(), raw.size()) != 0) return std::nullopt;
  return chunk;
}

}  // namespace statestone::writer
