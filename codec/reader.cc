#include "statestone/reader.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "codec/reader/chunk_reader.h"
#include "codec/reader/open_file.h"
#include "codec/reader/paths.h"
#include "codec/reader/reader_state.h"
#include "codec/reader/recover.h"
#include "codec/reader/ties.h"
#include "codec/reader/values.h"
#include "codec/reader/verify.h"

namespace statestone {
namespace {

template <typename Body>
auto WithPath(const std::string& path, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.WithPath(path);
  }
}

std::string_view TextOf(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view() : text->string_view();
}

std::vector<std::string_view> TextsOf(
    const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* texts) {
  std::vector<std::string_view> out;
  if (texts == nullptr) return out;
  for (const auto* text : *texts) out.push_back(text->string_view());
  return out;
}

}  // namespace

namespace {

reader::OpenedFile OpenAsAsked(std::shared_ptr<file::ByteSource> source,
                               const ReadOptions& options) {
  reader::OpenedFile file = options.recover
                                ? reader::OpenLastComplete(std::move(source), options.stop)
                                : reader::OpenFile(std::move(source));
  if (options.generation == 0 || options.generation == file.tail.generation) return file;
  return reader::OpenGeneration(file.source, file.tail, options.generation);
}

}  // namespace

Reader::Reader(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Reader Reader::Open(const std::filesystem::path& path, const ReadOptions& options) {
  return WithPath(path.string(), [&] {
    auto source = file::OpenSource(path, options.access, options.writable_views);
    return Reader(
        std::make_shared<State>(path.string(), options, OpenAsAsked(std::move(source), options)));
  });
}

Reader Reader::FromMemory(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                          const ReadOptions& options) {
  auto source = file::FromMemory(file, std::move(owner));
  return Reader(
      std::make_shared<State>(std::string(), options, OpenAsAsked(std::move(source), options)));
}

Reader Reader::FromSource(std::shared_ptr<const ByteSource> source, const ReadOptions& options) {
  const ByteSource* caller = source.get();
  auto bytes = file::FromCaller(std::move(source));
  const std::string name = caller->name();
  return WithPath(name, [&] {
    return Reader(std::make_shared<State>(name, options, OpenAsAsked(std::move(bytes), options)));
  });
}

std::vector<GenerationInfo> Reader::Generations() const {
  return WithPath(state_->path, [&] {
    std::vector<GenerationInfo> generations;
    container::Tail tail = state_->file.tail;
    while (true) {
      const bool first = tail.previous == 0;
      generations.push_back({tail.generation, first ? 0 : tail.previous + container::kTailBytes,
                             tail.end_offset, tail.index_raw_bytes});
      if (first) break;
      tail = reader::ReadPreviousTail(*state_->file.source, tail);
    }
    std::ranges::reverse(generations);
    return generations;
  });
}

Reader Reader::AtGeneration(std::uint64_t generation) const {
  return WithPath(state_->path, [&] {
    return Reader(std::make_shared<State>(
        state_->path, state_->options,
        reader::OpenGeneration(state_->file.source, state_->file.tail, generation)));
  });
}

std::uint64_t Reader::file_bytes() const { return state_->file.source->size(); }
std::uint64_t Reader::generation() const { return state_->file.tail.generation; }
std::string_view Reader::writer() const { return TextOf(state_->index().root().writer()); }

std::vector<std::string_view> Reader::read_features() const {
  return TextsOf(state_->index().root().read_features());
}

std::vector<std::string_view> Reader::write_features() const {
  return TextsOf(state_->index().root().write_features());
}

std::span<const std::byte> Reader::raw_index() const { return state_->index().raw(); }

std::size_t Reader::entry_count() const { return state_->index().entry_count(); }

EntryInfo Reader::entry(std::size_t i) const {
  if (i >= entry_count()) {
    throw Error(ErrorCode::kNotFound, {.path = state_->path,
                                       .problem = "no such entry",
                                       .expected = "below " + std::to_string(entry_count()),
                                       .found = std::to_string(i)});
  }
  const schema::Entry& entry = state_->index().entry(i);
  const auto kind = static_cast<EntryKind>(entry.kind());
  return {entry.name()->string_view(), kind, kind <= EntryKind::kAttachment};
}

std::optional<std::size_t> Reader::FindEntry(std::string_view name) const {
  return state_->FindEntry(name);
}

std::optional<std::size_t> Reader::State::FindEntry(std::string_view name) const {
  const auto name_of = [this](std::uint32_t i) { return index().entry(i).name()->string_view(); };
  std::call_once(entries_once, [&] {
    std::vector<std::uint32_t> sorted(index().entry_count());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::ranges::sort(sorted, {}, name_of);
    entries_by_name = std::move(sorted);
  });
  const auto found = std::ranges::lower_bound(entries_by_name, name, {}, name_of);
  if (found == entries_by_name.end() || name_of(*found) != name) return std::nullopt;
  return *found;
}

const schema::Entry& Reader::State::EntryOfKind(std::string_view name, EntryKind kind) const {
  if (const auto i = FindEntry(name)) {
    const schema::Entry& entry = index().entry(*i);
    const auto found = static_cast<EntryKind>(entry.kind());
    if (found == kind) return entry;
    static constexpr const char* kNames[] = {"a value", "a model", "an attachment"};
    const bool known = found <= EntryKind::kAttachment;
    throw Error(known ? ErrorCode::kInvalidArgument : ErrorCode::kUnsupported,
                {.path = path,
                 .entry = std::string(name),
                 .problem = "the entry is of another kind",
                 .expected = kNames[static_cast<int>(kind)],
                 .found = known ? kNames[static_cast<int>(found)]
                                : "kind " + std::to_string(static_cast<int>(found)),
                 .advice = known ? "see its kind in entry()"
                                 : "it was written by a newer version: update this program"});
  }
  throw Error(ErrorCode::kNotFound, {.path = path,
                                     .entry = std::string(name),
                                     .problem = "the file has no such entry",
                                     .advice = "`statestone inspect` lists what is in it"});
}

Value Reader::ReadValue(std::string_view entry) const {
  return reader::ReadValue(*state_->EntryOfKind(entry, EntryKind::kValue).value());
}

ModelInfo Reader::ReadModel(std::string_view entry) const {
  return reader::ReadModel(*state_->EntryOfKind(entry, EntryKind::kModel).model());
}

AttachmentInfo Reader::attachment(std::string_view entry) const {
  const schema::Attachment& attachment =
      *state_->EntryOfKind(entry, EntryKind::kAttachment).attachment();
  return {state_->index().storages[attachment.storage()].bytes(),
          std::string(TextOf(attachment.media_type())), attachment.storage()};
}

std::size_t Reader::tensor_count() const { return state_->index().tensors.size(); }
std::size_t Reader::scope_count() const { return state_->index().scopes.size(); }
std::size_t Reader::storage_count() const { return state_->index().storages.size(); }
std::size_t Reader::chunk_count() const { return state_->index().chunks.size(); }

TensorInfo Reader::tensor(TensorRef tensor) const {
  state_->RequireCount(tensor.index, tensor_count(), "tensor");
  return state_->index().tensor_info(tensor.index);
}

StorageInfo Reader::storage(std::uint32_t storage) const {
  state_->RequireCount(storage, storage_count(), "storage");
  return state_->index().storage_info(storage);
}

std::vector<TensorRef> Reader::Tensors(ScopeRef scope) const {
  state_->RequireCount(scope.index, scope_count(), "scope");
  const container::Index& index = state_->index();
  const auto begin = static_cast<std::uint32_t>(index.first_tensor(scope.index));
  const std::uint32_t end = index.scopes[scope.index].tensors_end();
  std::vector<TensorRef> tensors;
  tensors.reserve(end - begin);
  for (std::uint32_t i = begin; i < end; ++i) {
    tensors.push_back({index.order.empty() ? i : index.order[i]});
  }
  return tensors;
}

std::optional<TensorRef> Reader::Find(ScopeRef scope, std::string_view name) const {
  state_->RequireCount(scope.index, scope_count(), "scope");
  const auto found = reader::FindTensorByName(state_->index(), scope.index, name);
  return found ? std::optional(TensorRef{*found}) : std::nullopt;
}

std::optional<TensorRef> Reader::FindTensor(std::string_view display_path) const {
  const auto found = reader::FindTensorByPath(state_->index(), display_path);
  return found ? std::optional(TensorRef{*found}) : std::nullopt;
}

const std::vector<std::string>& Reader::DisplayPaths() const {
  std::call_once(state_->paths_once,
                 [this] { state_->paths = reader::TensorPaths(state_->index()); });
  return state_->paths;
}

const std::vector<std::uint32_t>& Reader::TieGroups() const {
  std::call_once(state_->ties_once, [this] {
    std::vector<std::uint32_t> all(tensor_count());
    std::iota(all.begin(), all.end(), 0u);
    state_->ties = reader::FindTieGroups(state_->index(), all);
  });
  return state_->ties;
}

VerifyReport Reader::Verify() const {
  return WithPath(state_->path, [&] { return reader::VerifyFile(state_->file, state_->options); });
}

}  // namespace statestone
