#include <optional>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/append/keeper.h"
#include "codec/append/merge.h"
#include "codec/container/head_tail.h"
#include "codec/file/append_file.h"
#include "codec/pipeline/cancellation.h"
#include "codec/reader/reader_state.h"
#include "codec/reader/references.h"
#include "codec/reader/values.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/generation.h"
#include "codec/writer/preflight.h"
#include "statestone/append.h"

namespace statestone {
namespace {

ReadOptions ReadAs(const WriteOptions& options) {
  ReadOptions read;
  read.threads = options.threads;
  read.stop = options.stop;
  return read;
}

void RequireKnownWriteFeatures(const Reader& reader) {
  const auto features = reader.write_features();
  if (features.empty()) return;
  throw Error(ErrorCode::kUnsupported,
              {.problem = "the file needs a feature of its writer that this version lacks",
               .found = std::string(features.front()),
               .advice = "appending would lose what it stands for: update this program"});
}

}  // namespace

struct Appender::State {
  // An entry of the new generation: one of before, perhaps under another name, or a new one.
  struct Slot {
    std::string name;
    std::optional<std::size_t> before;
    std::optional<decltype(Checkpoint::Entry::body)> body;
    bool removed = false;
  };

  State(const std::filesystem::path& path_in, const AppendOptions& options_in)
      : path(path_in),
        options(options_in),
        file(path, {options.wait, options.write.stop, options.on_wait}),
        before(std::make_shared<Reader::State>(path.string(), ReadAs(options.write),
                                               reader::OpenFile(file.before()))),
        keeper(before, next) {
    RequireKnownWriteFeatures(before);
    // Which entries stay is not known before Finish.
    keeper.DropScopes(std::vector<bool>(before.scope_count(), true));
    for (std::size_t i = 0; i < before.entry_count(); ++i) {
      AddSlot({std::string(before.entry(i).name), i, std::nullopt});
    }
  }

  void AddSlot(Slot slot) {
    by_name.emplace(slot.name, slots.size());
    slots.push_back(std::move(slot));
  }

  Slot* Find(std::string_view name) {
    const auto found = by_name.find(std::string(name));
    return found == by_name.end() ? nullptr : &slots[found->second];
  }

  Slot& Require(std::string_view name) {
    if (Slot* slot = Find(name)) return *slot;
    throw Error(ErrorCode::kNotFound, {.entry = std::string(name),
                                       .problem = "the file has no such entry",
                                       .advice = "`statestone inspect` lists what is in it"});
  }

  void Put(std::string name, decltype(Checkpoint::Entry::body) body) {
    writer::CheckName(name, "an entry's name");
    Slot* slot = Find(name);
    if (slot == nullptr) {
      AddSlot({std::move(name), std::nullopt, std::move(body)});
    } else {
      slot->before.reset();
      slot->body = std::move(body);
    }
  }

  void DropScopes();
  void AddEntries();
  AppendSummary Write();

  std::filesystem::path path;
  AppendOptions options;
  file::AppendFile file;
  Reader before;
  Checkpoint next;
  append::Keeper keeper;
  std::vector<Slot> slots;
  std::unordered_map<std::string, std::size_t> by_name;  // of those that are not removed
  bool finished = false;
};

namespace {

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

class ScopeCollector {
 public:
  explicit ScopeCollector(std::size_t scopes) : dropped_(scopes) {}

  void Drop(const Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
    if (value.raw_scope() < dropped_.size()) dropped_[value.raw_scope()] = true;
    for (const Value& key : value.keys()) Drop(key);
    for (const Value& item : value.items()) Drop(item);
    if (!value.attributes().is_null()) Drop(value.attributes());
  }

  void Drop(const ModelInfo& model) {
    dropped_[model.scope.index] = true;
    Drop(model.config);
    Drop(model.metadata);
  }

  std::vector<bool> Take() { return std::move(dropped_); }

 private:
  std::vector<bool> dropped_;
};

}  // namespace

// What entries that are gone had of their own.
void Appender::State::DropScopes() {
  std::vector<bool> stays(before.entry_count());
  for (const Slot& slot : slots) {
    if (slot.before && !slot.removed) stays[*slot.before] = true;
  }
  const container::Index& index = before.state().index();
  ScopeCollector collector(before.scope_count());
  bool unknown_stays = false;
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if (stays[i]) {
      unknown_stays |= !before.entry(i).known;
      continue;
    }
    const schema::Entry& entry = index.entry(i);
    if (entry.value() != nullptr) collector.Drop(reader::ReadValue(*entry.value()));
    if (entry.model() != nullptr) collector.Drop(reader::ReadModel(*entry.model()));
  }
  std::vector<bool> dropped = collector.Take();
  if (!unknown_stays) {
    // Scopes of entries of the future, as far as anybody can tell.
    const std::vector<bool> owned = reader::FindReferences(index).scopes;
    for (std::size_t s = 0; s < dropped.size(); ++s) {
      if (!owned[s] && index.scopes[s].kind() == 0) dropped[s] = true;
    }
  }
  keeper.DropScopes(std::move(dropped));
}

void Appender::State::AddEntries() {
  DropScopes();
  for (Slot& slot : slots) {
    if (slot.removed) continue;
    if (slot.before) {
      keeper.AddEntry(*slot.before, std::move(slot.name));
    } else if (auto* value = std::get_if<Value>(&*slot.body)) {
      next.AddValue(std::move(slot.name), std::move(*value));
    } else if (auto* model = std::get_if<ModelSource>(&*slot.body)) {
      next.AddModel(std::move(slot.name), std::move(*model));
    } else if (auto* attachment = std::get_if<AttachmentSource>(&*slot.body)) {
      next.AddAttachment(std::move(slot.name), std::move(*attachment));
    }
  }
  keeper.AddUnreferenced();
}

AppendSummary Appender::State::Write() {
  AddEntries();
  writer::WrittenGeneration written;
  try {
    written = writer::WriteGeneration(next, options.write, &before.state().file, file);
    pipeline::ThrowIfStopped(options.write.stop);
    file.Commit(container::EncodeTail(written.tail));
  } catch (const Error& error) {
    if (typeid(error) != typeid(Error) || file.Undo()) throw;
    ErrorFields fields = error.fields();
    fields.advice =
        "what was appended could not be taken back either, so that the file may be incomplete: "
        "`statestone recover` says so, and cuts it back";
    throw Error(error.code(), std::move(fields));
  }
  return {.generation = written.tail.generation,
          .file_bytes = written.tail.end_offset,
          .added_bytes = written.tail.end_offset - before.file_bytes(),
          .chunks = written.chunks,
          .chunks_written = written.chunks_written};
}

Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
Appender::~Appender() = default;
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;

Appender Appender::Open(const std::filesystem::path& path, const AppendOptions& options) {
  return WithPath(path, [&] {
    writer::CheckOptions(options.write);
    return Appender(std::make_unique<State>(path, options));
  });
}

const Reader& Appender::before() const { return state_->before; }

void Appender::RemoveEntry(std::string_view name) {
  WithPath(state_->path, [&] {
    state_->Require(name).removed = true;
    state_->by_name.erase(std::string(name));
  });
}

void Appender::RenameEntry(std::string_view from, std::string to) {
  WithPath(state_->path, [&] {
    writer::CheckName(to, "an entry's name");
    State::Slot& slot = state_->Require(from);
    if (from == to) return;
    if (state_->Find(to) != nullptr) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = to, .problem = "another entry has this name already"});
    }
    auto node = state_->by_name.extract(slot.name);
    node.key() = to;
    state_->by_name.insert(std::move(node));
    slot.name = std::move(to);
  });
}

void Appender::RenameTensor(TensorRef tensor, std::string name) {
  WithPath(state_->path, [&] {
    writer::CheckName(name, "a tensor's name");
    const TensorInfo info = state_->before.tensor(tensor);
    if (state_->before.state().index().scopes[info.scope.index].kind() != 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = state_->before.DisplayPaths()[tensor.index],
                   .problem = "the tensor has no name of its own: it stands in a list or a map"});
    }
    state_->keeper.Rename(tensor, std::move(name));
  });
}

ScopeRef Appender::AddScope() {
  return WithPath(state_->path, [&] { return state_->next.AddScope(); });
}

TensorRef Appender::AddTensor(ScopeRef scope, TensorSource tensor) {
  return WithPath(state_->path, [&] { return state_->next.AddTensor(scope, std::move(tensor)); });
}

TensorRef Appender::AddAnonymousTensor(TensorSource tensor) {
  return WithPath(state_->path, [&] { return state_->next.AddAnonymousTensor(std::move(tensor)); });
}

ScopeRef Appender::Keep(ScopeRef scope) {
  return WithPath(state_->path, [&] { return state_->keeper.AddScope(scope); });
}

TensorRef Appender::Keep(TensorRef tensor) {
  return WithPath(state_->path, [&] { return state_->keeper.AddReference(tensor); });
}

Value Appender::Keep(const Value& value) {
  return WithPath(state_->path, [&] { return state_->keeper.AddValue(value, {}); });
}

void Appender::PutValue(std::string name, Value value) {
  WithPath(state_->path, [&] { state_->Put(std::move(name), std::move(value)); });
}

void Appender::PutModel(std::string name, ModelSource model) {
  WithPath(state_->path, [&] { state_->Put(std::move(name), std::move(model)); });
}

void Appender::PutAttachment(std::string name, AttachmentSource attachment) {
  WithPath(state_->path, [&] { state_->Put(std::move(name), std::move(attachment)); });
}

std::vector<std::string> Appender::PutEntriesOf(const Checkpoint& source,
                                                const std::string& root_name) {
  return WithPath(state_->path, [&] {
    append::Merge merge(source, state_->next);
    std::vector<std::string> names;
    for (const Checkpoint::Entry& entry : source.entries()) {
      names.push_back(entry.name.empty() ? root_name : entry.name);
      state_->Put(names.back(), merge.BodyOf(entry));
    }
    return names;
  });
}

AppendSummary Appender::Finish() {
  return WithPath(state_->path, [&] {
    if (std::exchange(state_->finished, true)) {
      throw Error(ErrorCode::kInvalidArgument, {.problem = "the Appender was used after Finish",
                                                .advice = "open the file again"});
    }
    return state_->Write();
  });
}

}  // namespace statestone
