#include "codec/writer/generation.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/container/index.h"
#include "codec/container/index_builder.h"
#include "codec/container/index_coding.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/chunk_stream.h"
#include "codec/writer/columns.h"
#include "codec/writer/kept_storages.h"
#include "codec/writer/unchanged_chunks.h"
#include "statestone/limits.h"
#include "statestone/version.h"

namespace statestone::writer {
namespace {

void RequireScopesUsed(const std::vector<bool>& used) {
  for (std::size_t s = 0; s < used.size(); ++s) {
    if (used[s]) continue;
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "no entry or value uses scope " + std::to_string(s),
                 .advice = "add a model or a tensor dict for it"});
  }
}

// The attachments of all entries, in order.
std::vector<const AttachmentSource*> Attachments(const Checkpoint::State& state) {
  std::vector<const AttachmentSource*> attachments;
  for (std::size_t i = 0; i < state.entries.size(); ++i) {
    const auto unknown = state.unknown_entries.find(i);
    if (unknown != state.unknown_entries.end()) {
      if (unknown->second.attachment) attachments.push_back(&*unknown->second.attachment);
    } else if (const auto* attachment = std::get_if<AttachmentSource>(&state.entries[i].body)) {
      attachments.push_back(attachment);
    }
  }
  return attachments;
}

// Attachments come behind the tensors, each a storage of its own.
void PlanAttachments(const Checkpoint::State& state,
                     const std::vector<const AttachmentSource*>& attachments,
                     std::vector<PlannedStorage>& storages) {
  for (std::uint32_t i = 0; i < attachments.size(); ++i) {
    if (state.kept_attachments[i]) continue;
    const AttachmentSource& attachment = *attachments[i];
    PlannedStorage storage;
    storage.bytes = attachment.bytes;
    storage.attachment = true;
    if (attachment.bytes != 0) {
      const auto kind = attachment.pieces ? Part::Kind::kPieces : Part::Kind::kDirect;
      storage.parts.push_back({kind, i, 0, attachment.bytes});
    }
    storages.push_back(std::move(storage));
  }
}

std::vector<std::uint32_t> AttachmentStorages(const Checkpoint::State& state,
                                              const KeptStorages& kept,
                                              std::uint32_t first_written) {
  std::vector<std::uint32_t> storages;
  for (const auto& storage : state.kept_attachments) {
    storages.push_back(storage ? kept.Number(*storage) : first_written++);
  }
  return storages;
}

// What the index's checks would refuse only after all of the payload was written.
void CheckColumnSizes(const std::vector<PlannedStorage>& storages) {
  std::uint64_t chunks = 0;
  for (const PlannedStorage& storage : storages) {
    chunks += bytes::CeilDivide(storage.bytes, storage.chunk_bytes());
    if (chunks <= limits::kChunks) continue;
    throw Error(ErrorCode::kLimit, {.problem = "too many chunks",
                                    .expected = "at most " + std::to_string(limits::kChunks),
                                    .advice = "raise WriteOptions.chunk_units_log2"});
  }
}

container::Tail WriteIndex(const container::IndexContent& content, Compression compression,
                           const reader::OpenedFile* before, file::Output& output) {
  const auto align = [&] {
    output.WriteZeros(bytes::AlignUp(output.position(), container::kAlignment) - output.position());
  };
  align();
  const flatbuffers::DetachedBuffer buffer = container::BuildIndex(content);
  const std::span index(reinterpret_cast<const std::byte*>(buffer.data()), buffer.size());
  container::Tail tail;
  tail.index_offset = output.position();
  // The reader's own checks, before anything takes the old state's place.
  container::Index::FromBytes(index, tail.index_offset);
  const container::StoredIndex stored =
      container::EncodeIndex(index, compression != Compression::kNone);
  tail.index_raw_bytes = index.size();
  tail.index_stored_bytes = stored.bytes.size();
  tail.index_coding = stored.coding;
  tail.index_sum = bytes::Xxh3Wide(stored.bytes);
  output.Write(stored.bytes);
  align();
  tail.end_offset = output.position() + container::kTailBytes;
  if (before != nullptr) {
    tail.generation = before->tail.generation + 1;
    tail.previous = before->tail.end_offset - container::kTailBytes;
    tail.previous_sum = before->tail.sum;
  }
  return tail;
}

}  // namespace

WrittenGeneration WriteGeneration(const Checkpoint& checkpoint, const WriteOptions& options,
                                  const reader::OpenedFile* before, file::Output& output) {
  const Checkpoint::State& state = checkpoint.state();
  RequireScopesUsed(state.scope_used);
  const std::vector<const AttachmentSource*> attachments = Attachments(state);
  const KeptStorages kept(state, before == nullptr ? nullptr : &before->index);
  Placement placement = PlaceTensors(state.tensors);
  const auto tensor_storages = static_cast<std::uint32_t>(placement.storages.size());
  PlanAttachments(state, attachments, placement.storages);
  for (PlannedStorage& storage : placement.storages) {
    storage.chunk_units_log2 = options.chunk_units_log2;
  }
  const StorageBytes bytes(state.tensors, attachments);
  std::optional<UnchangedChunks> unchanged;
  if (before != nullptr) unchanged.emplace(checkpoint, placement, *before, options);
  CheckColumnSizes(placement.storages);

  container::IndexContent content;
  content.writer = options.writer.empty() ? "statestone " + std::string(kVersion) : options.writer;
  content.entries = state.entries;
  content.unknown = &state.unknown_entries;
  content.attachment_storages = AttachmentStorages(state, kept, kept.count() + tensor_storages);
  kept.Place(state.tensors, placement);
  FillTensorColumns(state.tensors, placement, state.scopes.size(), content);
  kept.AddRows(content);

  WrittenChunks written =
      WriteChunks(placement.storages, bytes, options, unchanged ? &*unchanged : nullptr, output);
  const auto kept_chunks = static_cast<std::uint32_t>(content.chunks.size());
  for (schema::Storage& row : written.storages) {
    row.mutate_first_chunk(row.first_chunk() + kept_chunks);
    content.storages.push_back(row);
  }
  content.chunks.insert(content.chunks.end(), written.chunks.begin(), written.chunks.end());

  WrittenGeneration result;
  result.tail = WriteIndex(content, options.compression, before, output);
  result.tensors = state.tensors.size();
  for (const TensorRecord& tensor : state.tensors) result.tensor_bytes += tensor.bytes;
  result.storages = content.storages.size();
  result.chunks = content.chunks.size();
  result.chunks_written = written.chunks.size() - written.unchanged;
  return result;
}

}  // namespace statestone::writer
