#include <string>
#include <typeinfo>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/container/head_tail.h"
#include "codec/container/index.h"
#include "codec/container/index_builder.h"
#include "codec/container/index_coding.h"
#include "codec/file/atomic_file.h"
#include "codec/pipeline/cancellation.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/chunk_stream.h"
#include "codec/writer/columns.h"
#include "codec/writer/preflight.h"
#include "statestone/checkpoint.h"
#include "statestone/limits.h"
#include "statestone/version.h"

namespace statestone {
namespace {

void RequireScopesUsed(const std::vector<bool>& used) {
  for (std::size_t s = 0; s < used.size(); ++s) {
    if (used[s]) continue;
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "no entry or value uses scope " + std::to_string(s),
                 .advice = "add a model or a tensor dict for it"});
  }
}

std::vector<const AttachmentSource*> Attachments(std::span<const Checkpoint::Entry> entries) {
  std::vector<const AttachmentSource*> attachments;
  for (const Checkpoint::Entry& entry : entries) {
    const auto* attachment = std::get_if<AttachmentSource>(&entry.body);
    if (attachment != nullptr) attachments.push_back(attachment);
  }
  return attachments;
}

// Attachments come behind the tensors, each a storage of its own.
void PlanAttachments(const std::vector<const AttachmentSource*>& attachments,
                     std::vector<writer::PlannedStorage>& storages) {
  for (std::uint32_t i = 0; i < attachments.size(); ++i) {
    const AttachmentSource& attachment = *attachments[i];
    writer::PlannedStorage storage;
    storage.bytes = attachment.bytes;
    storage.attachment = true;
    if (attachment.bytes != 0) {
      const auto kind =
          attachment.pieces ? writer::Part::Kind::kPieces : writer::Part::Kind::kDirect;
      storage.parts.push_back({kind, i, 0, attachment.bytes});
    }
    storages.push_back(std::move(storage));
  }
}

// What the index's checks would refuse only after all of the payload was written.
void CheckColumnSizes(const std::vector<writer::PlannedStorage>& storages,
                      std::uint8_t chunk_units_log2) {
  std::uint64_t chunks = 0;
  for (const writer::PlannedStorage& storage : storages) {
    chunks += bytes::CeilDivide(storage.bytes, std::uint64_t{storage.unit} << chunk_units_log2);
    if (chunks <= limits::kChunks) continue;
    throw Error(ErrorCode::kLimit, {.problem = "too many chunks",
                                    .expected = "at most " + std::to_string(limits::kChunks),
                                    .advice = "raise WriteOptions.chunk_units_log2"});
  }
}

void WriteIndexAndTail(const container::IndexContent& content, Compression compression,
                       file::AtomicFile& file) {
  file.WriteZeros(bytes::AlignUp(file.position(), container::kAlignment) - file.position());
  const flatbuffers::DetachedBuffer buffer = container::BuildIndex(content);
  const std::span index(reinterpret_cast<const std::byte*>(buffer.data()), buffer.size());
  container::Tail tail;
  tail.index_offset = file.position();
  // The reader's own checks, before anything takes the old file's place.
  container::Index::FromBytes(index, tail.index_offset);
  const container::StoredIndex stored =
      container::EncodeIndex(index, compression != Compression::kNone);
  tail.index_raw_bytes = index.size();
  tail.index_stored_bytes = stored.bytes.size();
  tail.index_coding = stored.coding;
  tail.index_sum = bytes::Xxh3Wide(stored.bytes);
  file.Write(stored.bytes);
  file.WriteZeros(bytes::AlignUp(file.position(), container::kAlignment) - file.position());
  tail.end_offset = file.position() + container::kTailBytes;
  file.Write(container::EncodeTail(tail));
}

WriteSummary Save(const Checkpoint::State& state, const std::filesystem::path& path,
                  const WriteOptions& options) {
  writer::CheckOptions(options);
  RequireScopesUsed(state.scope_used);
  const std::vector<const AttachmentSource*> attachments = Attachments(state.entries);
  writer::Placement placement = writer::PlaceTensors(state.tensors);
  container::IndexContent content;
  content.first_attachment = static_cast<std::uint32_t>(placement.storages.size());
  PlanAttachments(attachments, placement.storages);
  CheckColumnSizes(placement.storages, options.chunk_units_log2);
  content.writer = options.writer.empty() ? "statestone " + std::string(kVersion) : options.writer;
  content.entries = state.entries;
  writer::FillTensorColumns(state.tensors, placement, state.scopes.size(), content);

  file::AtomicFile file(path);
  file.Write(container::EncodeHead());
  const writer::StorageBytes bytes(state.tensors, attachments);
  writer::WrittenChunks written = writer::WriteChunks(placement.storages, bytes, options, file);
  content.storages = std::move(written.storages);
  content.chunks = std::move(written.chunks);
  WriteIndexAndTail(content, options.compression, file);
  pipeline::ThrowIfStopped(options.stop);
  file.Commit();

  WriteSummary summary;
  summary.file_bytes = file.position();
  summary.tensors = state.tensors.size();
  for (const writer::TensorRecord& tensor : state.tensors) summary.tensor_bytes += tensor.bytes;
  summary.storages = content.storages.size();
  summary.chunks = content.chunks.size();
  return summary;
}

}  // namespace

WriteSummary SaveCheckpoint(const Checkpoint& checkpoint, const std::filesystem::path& path,
                            const WriteOptions& options) {
  try {
    return Save(checkpoint.state(), path, options);
  } catch (const Error& error) {
    // What a caller's own piece reader throws stays of its own type.
    if (typeid(error) != typeid(Error)) throw;
    throw error.WithPath(path.string());
  }
}

}  // namespace statestone
