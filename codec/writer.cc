#include "statestone/writer.h"

#include <algorithm>
#include <typeinfo>
#include <unordered_set>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/container/head_tail.h"
#include "codec/container/index.h"
#include "codec/container/index_builder.h"
#include "codec/file/atomic_file.h"
#include "codec/pipeline/cancellation.h"
#include "codec/writer/chunk_stream.h"
#include "codec/writer/columns.h"
#include "codec/writer/placement.h"
#include "codec/writer/preflight.h"
#include "statestone/limits.h"
#include "statestone/version.h"

namespace statestone {
namespace {

using container::EntryContent;

void CheckOptions(const WriteOptions& options) {
  if (options.chunk_units_log2 < 6 || options.chunk_units_log2 > 21) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "chunk_units_log2 is out of range",
                                              .expected = "6 to 21",
                                              .found = std::to_string(options.chunk_units_log2)});
  }
}

// Errors name the file; what a caller's own piece reader throws stays of its own type.
template <typename Body>
auto WithPath(const std::filesystem::path& path, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    if (typeid(error) != typeid(Error)) throw;
    throw error.WithPath(path.string());
  }
}

void CheckCount(std::size_t count, std::uint64_t at_most, const char* what) {
  if (count < at_most) return;
  throw Error(ErrorCode::kLimit, {.problem = std::string("too many ") + what,
                                  .expected = "at most " + std::to_string(at_most),
                                  .advice = "split the checkpoint into several files"});
}

}  // namespace

struct Writer::State {
  std::filesystem::path path;
  WriteOptions options;
  std::vector<writer::TensorRecord> tensors;
  std::vector<writer::AttachmentRecord> attachments;
  std::vector<std::uint64_t> attachment_bytes;
  std::vector<EntryContent> entries;  // AttachmentContent.storage: number of the attachment
  std::unordered_set<std::string> entry_names;
  std::vector<bool> scope_used;
  bool finished = false;

  void RequireOpen() const {
    if (!finished) return;
    throw Error(ErrorCode::kInvalidArgument, {.path = path.string(),
                                              .problem = "the Writer was used after Finish",
                                              .advice = "make a new one for each file"});
  }

  TensorRef AddTensor(TensorSource source, std::uint32_t scope) {
    RequireOpen();
    CheckCount(tensors.size(), limits::kTensors, "tensors");
    writer::TensorRecord record = writer::CheckTensor(std::move(source), scope == kNoScope);
    record.scope = scope;
    tensors.push_back(std::move(record));
    return {static_cast<std::uint32_t>(tensors.size() - 1)};
  }

  void AddEntry(EntryContent entry) {
    RequireOpen();
    writer::CheckName(entry.name, "an entry's name");
    CheckCount(entries.size(), limits::kEntries, "entries");
    const bool root = entry.name.empty() && !entries.empty();
    const bool after_root = entries.size() == 1 && entries.front().name.empty();
    if (root || after_root) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = entry.name,
                   .problem = "an entry with the empty name must be the only one",
                   .advice = "give every entry a name"});
    }
    if (!entry_names.insert(entry.name).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = entry.name, .problem = "two entries have this name"});
    }
    entries.push_back(std::move(entry));
  }

  void AddAttachment(std::string name, std::uint64_t size, writer::AttachmentRecord record,
                     std::string media_type) {
    if (size > limits::kStorageBytes) {
      throw Error(ErrorCode::kLimit, {.entry = name,
                                      .problem = "the attachment is too large",
                                      .expected = "at most 2^56 bytes",
                                      .found = std::to_string(size)});
    }
    if (size != 0 && record.data.data() == nullptr && !record.pieces) {
      throw Error(
          ErrorCode::kInvalidArgument,
          {.entry = name, .problem = "the attachment has bytes and neither data nor pieces"});
    }
    writer::CheckText(media_type, name, "a media type");
    const auto number = static_cast<std::uint32_t>(attachments.size());
    AddEntry({std::move(name), container::AttachmentContent{number, std::move(media_type)}});
    attachments.push_back(std::move(record));
    attachment_bytes.push_back(size);
  }

  void RequireScopesUsed() const {
    for (std::size_t s = 0; s < scope_used.size(); ++s) {
      if (scope_used[s]) continue;
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = "no entry or value uses scope " + std::to_string(s),
                   .advice = "add a model or a tensor dict for it"});
    }
  }

  WriteSummary Write();

  static constexpr std::uint32_t kNoScope = writer::kAnonymousScope;
};

namespace {

// Attachments come behind the tensors, each a storage of its own.
void PlanAttachments(const std::vector<writer::AttachmentRecord>& attachments,
                     const std::vector<std::uint64_t>& sizes,
                     std::vector<writer::PlannedStorage>& storages) {
  for (std::uint32_t i = 0; i < attachments.size(); ++i) {
    writer::PlannedStorage storage;
    storage.bytes = sizes[i];
    storage.attachment = true;
    if (sizes[i] != 0) {
      const auto kind =
          attachments[i].pieces ? writer::Part::Kind::kPieces : writer::Part::Kind::kDirect;
      storage.parts.push_back({kind, i, 0, sizes[i]});
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

void WriteIndexAndTail(const container::IndexContent& content, file::AtomicFile& file) {
  file.WriteZeros(bytes::AlignUp(file.position(), container::kAlignment) - file.position());
  const flatbuffers::DetachedBuffer buffer = container::BuildIndex(content);
  const std::span index(reinterpret_cast<const std::byte*>(buffer.data()), buffer.size());
  container::Tail tail;
  tail.index_offset = file.position();
  // The reader's own checks, before anything takes the old file's place.
  container::Index::FromBytes(index, tail.index_offset);
  tail.index_stored_bytes = tail.index_raw_bytes = index.size();
  tail.index_sum = bytes::Xxh3Wide(index);
  file.Write(index);
  file.WriteZeros(bytes::AlignUp(file.position(), container::kAlignment) - file.position());
  tail.end_offset = file.position() + container::kTailBytes;
  file.Write(container::EncodeTail(tail));
}

}  // namespace

Writer::Writer(std::filesystem::path path, WriteOptions options)
    : state_(std::make_unique<State>()) {
  CheckOptions(options);
  state_->path = std::move(path);
  state_->options = std::move(options);
}

Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

ScopeRef Writer::AddScope() {
  state_->RequireOpen();
  WithPath(state_->path,
           [&] { CheckCount(state_->scope_used.size(), limits::kScopes - 1, "scopes"); });
  state_->scope_used.push_back(false);
  return {static_cast<std::uint32_t>(state_->scope_used.size() - 1)};
}

TensorRef Writer::AddTensor(ScopeRef scope, TensorSource tensor) {
  state_->RequireOpen();
  return WithPath(state_->path, [&] {
    if (scope.index >= state_->scope_used.size()) {
      throw Error(ErrorCode::kInvalidArgument, {.entry = tensor.name,
                                                .problem = "the scope was not added",
                                                .advice = "use one that AddScope returned"});
    }
    return state_->AddTensor(std::move(tensor), scope.index);
  });
}

TensorRef Writer::AddAnonymousTensor(TensorSource tensor) {
  state_->RequireOpen();
  return WithPath(state_->path,
                  [&] { return state_->AddTensor(std::move(tensor), State::kNoScope); });
}

void Writer::AddValue(std::string name, Value value) {
  state_->RequireOpen();
  WithPath(state_->path, [&] {
    // Scopes count as used only once nothing can be refused any more.
    std::vector<bool> used = state_->scope_used;
    writer::CheckValue(value, name, state_->tensors.size(), used);
    state_->AddEntry({std::move(name), std::move(value)});
    state_->scope_used.swap(used);
  });
}

void Writer::AddModel(std::string name, ModelSource model) {
  state_->RequireOpen();
  WithPath(state_->path, [&] {
    std::vector<bool> used = state_->scope_used;
    writer::UseScope(model.scope, name, used);
    writer::CheckText(model.architecture, name, "an architecture's name");
    writer::CheckText(model.architecture_version, name, "an architecture's version");
    std::vector<std::string>& exceptions = model.training_exceptions;
    for (const std::string& module : exceptions) {
      writer::CheckText(module, name, "a submodule's name");
    }
    std::sort(exceptions.begin(), exceptions.end());
    exceptions.erase(std::unique(exceptions.begin(), exceptions.end()), exceptions.end());
    writer::CheckValue(model.config, name, state_->tensors.size(), used);
    writer::CheckValue(model.metadata, name, state_->tensors.size(), used);
    state_->AddEntry({std::move(name), std::move(model)});
    state_->scope_used.swap(used);
  });
}

void Writer::AddAttachment(std::string name, std::span<const std::byte> data,
                           std::shared_ptr<const void> owner, std::string media_type) {
  state_->RequireOpen();
  WithPath(state_->path, [&] {
    state_->AddAttachment(std::move(name), data.size(), {data, std::move(owner), {}},
                          std::move(media_type));
  });
}

void Writer::AddAttachment(std::string name, std::uint64_t size, PieceReader pieces,
                           std::string media_type) {
  state_->RequireOpen();
  WithPath(state_->path, [&] {
    state_->AddAttachment(std::move(name), size, {{}, nullptr, std::move(pieces)},
                          std::move(media_type));
  });
}

WriteSummary Writer::Finish() {
  state_->RequireOpen();
  return WithPath(state_->path, [&] { return state_->Write(); });
}

WriteSummary Writer::State::Write() {
  RequireScopesUsed();
  finished = true;

  writer::Placement placement = writer::PlaceTensors(tensors);
  const auto first_attachment = static_cast<std::uint32_t>(placement.storages.size());
  PlanAttachments(attachments, attachment_bytes, placement.storages);
  CheckColumnSizes(placement.storages, options.chunk_units_log2);

  container::IndexContent content;
  content.writer = options.writer.empty() ? "statestone " + std::string(kVersion) : options.writer;
  content.entries = std::move(entries);
  for (EntryContent& entry : content.entries) {
    if (auto* attachment = std::get_if<container::AttachmentContent>(&entry.body)) {
      attachment->storage += first_attachment;
    }
  }
  writer::FillTensorColumns(tensors, placement, scope_used.size(), content);

  file::AtomicFile file(path);
  file.Write(container::EncodeHead());
  const writer::StorageBytes bytes(tensors, attachments);
  writer::WrittenChunks written = writer::WriteChunks(placement.storages, bytes, options, file);
  content.storages = std::move(written.storages);
  content.chunks = std::move(written.chunks);
  WriteIndexAndTail(content, file);
  pipeline::ThrowIfStopped(options.stop);
  file.Commit();

  WriteSummary summary;
  summary.file_bytes = file.position();
  summary.tensors = tensors.size();
  for (const writer::TensorRecord& tensor : tensors) summary.tensor_bytes += tensor.bytes;
  summary.storages = content.storages.size();
  summary.chunks = content.chunks.size();
  tensors.clear();
  attachments.clear();
  return summary;
}

}  // namespace statestone
