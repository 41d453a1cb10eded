#include "statestone/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/layout/strided.h"
#include "codec/text/display_path.h"
#include "codec/text/reference_walk.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/columns.h"
#include "codec/writer/preflight.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone {
namespace {

void CheckCount(std::size_t count, std::uint64_t at_most, const char* what) {
  if (count < at_most) return;
  throw Error(ErrorCode::kLimit, {.problem = std::string("too many ") + what,
                                  .expected = "at most " + std::to_string(at_most),
                                  .advice = "split the checkpoint into several files"});
}

void RequireNumber(std::size_t number, std::size_t count, const char* what) {
  if (number < count) return;
  throw Error(ErrorCode::kNotFound, {.problem = std::string("no such ") + what,
                                     .expected = "below " + std::to_string(count),
                                     .found = std::to_string(number)});
}

void CheckAttachment(const std::string& name, const AttachmentSource& attachment) {
  if (attachment.bytes > limits::kStorageBytes) {
    throw Error(ErrorCode::kLimit, {.entry = name,
                                    .problem = "the attachment is too large",
                                    .expected = "at most 2^56 bytes",
                                    .found = std::to_string(attachment.bytes)});
  }
  if (attachment.bytes != 0 && attachment.data == nullptr && !attachment.pieces) {
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = name, .problem = "the attachment has bytes and neither data nor pieces"});
  }
  writer::CheckText(attachment.media_type, name, "a media type");
}

void ReadStrided(const writer::TensorRecord& tensor, std::uint64_t offset,
                 std::span<std::byte> out) {
  const std::uint64_t element = ElementBytes(tensor.source.dtype);
  if (offset % element != 0 || out.size() % element != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = tensor.source.name,
                 .problem = "a strided tensor is read in whole elements",
                 .expected = "multiples of " + std::to_string(element) + " bytes"});
  }
  layout::GatherRowMajor(tensor.layout(), tensor.data(), offset / element, out.size() / element,
                         out.data());
}

}  // namespace

TensorRef Checkpoint::State::AddTensor(TensorSource source, std::uint32_t scope) {
  CheckCount(tensors.size(), limits::kTensors, "tensors");
  writer::TensorRecord record =
      writer::CheckTensor(std::move(source), scope == writer::kAnonymousScope);
  record.scope = scope;
  const TensorRef added{static_cast<std::uint32_t>(tensors.size())};
  if (scope != writer::kAnonymousScope) scopes[scope].push_back(added);
  tensors.push_back(std::move(record));
  return added;
}

TensorRef Checkpoint::State::AddKept(writer::TensorRecord record) {
  CheckCount(tensors.size(), limits::kTensors, "tensors");
  const TensorRef added{static_cast<std::uint32_t>(tensors.size())};
  if (record.scope != writer::kAnonymousScope) scopes[record.scope].push_back(added);
  tensors.push_back(std::move(record));
  return added;
}

void Checkpoint::State::UseScopesOf(const Value& value) {  // NOLINT(misc-no-recursion): 64 deep
  if (value.raw_scope() < scope_used.size()) scope_used[value.raw_scope()] = true;
  for (const Value& key : value.keys()) UseScopesOf(key);
  for (const Value& item : value.items()) UseScopesOf(item);
  if (!value.attributes().is_null()) UseScopesOf(value.attributes());
}

void Checkpoint::State::UseScopesOf(const ModelSource& model) {
  scope_used[model.scope.index] = true;
  UseScopesOf(model.config);
  UseScopesOf(model.metadata);
}

void Checkpoint::State::AddKeptEntry(Entry entry, std::optional<std::uint32_t> attachment_storage) {
  if (const auto* value = std::get_if<Value>(&entry.body)) UseScopesOf(*value);
  if (const auto* model = std::get_if<ModelSource>(&entry.body)) UseScopesOf(*model);
  AddEntry(std::move(entry));
  if (attachment_storage) kept_attachments.push_back(attachment_storage);
}

void Checkpoint::State::AddUnknownEntry(std::string name, container::UnknownEntry entry,
                                        std::optional<std::uint32_t> attachment_storage) {
  if (entry.value) UseScopesOf(*entry.value);
  if (entry.model) UseScopesOf(*entry.model);
  AddEntry({std::move(name), Value()});
  if (entry.attachment) kept_attachments.push_back(attachment_storage);
  unknown_entries.emplace(entries.size() - 1, std::move(entry));
}

void Checkpoint::State::AddEntry(Entry entry) {
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

Checkpoint::Checkpoint() : state_(std::make_unique<State>()) {}
Checkpoint::~Checkpoint() = default;
Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint& Checkpoint::operator=(Checkpoint&&) noexcept = default;

ScopeRef Checkpoint::AddScope() {
  // One is left for the anonymous tensors.
  CheckCount(state_->scopes.size(), limits::kScopes - 1, "scopes");
  state_->scopes.emplace_back();
  state_->scope_used.push_back(false);
  return {static_cast<std::uint32_t>(state_->scopes.size() - 1)};
}

TensorRef Checkpoint::AddTensor(ScopeRef scope, TensorSource tensor) {
  if (scope.index >= state_->scopes.size()) {
    throw Error(ErrorCode::kInvalidArgument, {.entry = tensor.name,
                                              .problem = "the scope was not added",
                                              .advice = "use one that AddScope returned"});
  }
  return state_->AddTensor(std::move(tensor), scope.index);
}

TensorRef Checkpoint::AddAnonymousTensor(TensorSource tensor) {
  return state_->AddTensor(std::move(tensor), writer::kAnonymousScope);
}

void Checkpoint::AddValue(std::string name, Value value) {
  // Scopes count as used only once nothing can be refused any more.
  std::vector<bool> used = state_->scope_used;
  writer::CheckValue(value, name, state_->tensors.size(), used);
  state_->AddEntry({std::move(name), std::move(value)});
  state_->scope_used.swap(used);
}

void Checkpoint::AddModel(std::string name, ModelSource model) {
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
}

void Checkpoint::AddAttachment(std::string name, AttachmentSource attachment) {
  CheckAttachment(name, attachment);
  state_->AddEntry({std::move(name), std::move(attachment)});
  state_->kept_attachments.emplace_back();
}

void Checkpoint::Keep(std::shared_ptr<const void> owner) {
  state_->kept.push_back(std::move(owner));
}

std::span<const Checkpoint::Entry> Checkpoint::entries() const noexcept { return state_->entries; }
std::size_t Checkpoint::scope_count() const noexcept { return state_->scopes.size(); }
std::size_t Checkpoint::tensor_count() const noexcept { return state_->tensors.size(); }

const TensorSource& Checkpoint::tensor(TensorRef tensor) const {
  RequireNumber(tensor.index, tensor_count(), "tensor");
  return state_->tensors[tensor.index].source;
}

std::uint64_t Checkpoint::tensor_bytes(TensorRef tensor) const {
  RequireNumber(tensor.index, tensor_count(), "tensor");
  return state_->tensors[tensor.index].bytes;
}

std::span<const TensorRef> Checkpoint::Tensors(ScopeRef scope) const {
  RequireNumber(scope.index, scope_count(), "scope");
  return state_->scopes[scope.index];
}

std::vector<std::string> Checkpoint::DisplayPaths() const {
  text::TensorPaths paths(tensor_count());
  text::PathBudget budget;
  const auto spend = [&](const std::string& path, std::uint64_t tensors) {
    if (budget.Add(path.size(), tensors)) return;
    throw Error(ErrorCode::kLimit, {.problem = "the paths of the tensors are too long together",
                                    .expected = "at most " + std::to_string(limits::kPathBytes),
                                    .found = std::to_string(budget.total()),
                                    .advice = "shorten the names and keys around the tensors"});
  };
  const auto name_scope = [&](ScopeRef scope, const std::string& path, bool is_root) {
    spend(path, Tensors(scope).size());
    for (const TensorRef tensor : Tensors(scope)) {
      const std::string& name = state_->tensors[tensor.index].source.name;
      paths.SetInScope(tensor.index, text::PathInScope(path, is_root, name));
    }
  };
  for (const Entry& entry : state_->entries) {
    const std::string name = EscapePathComponent(entry.name);
    const bool is_root = entry.name.empty();
    if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
      name_scope(model->scope, name, is_root);
    }
    const auto* value = std::get_if<Value>(&entry.body);
    if (value == nullptr) continue;
    text::ReferenceWalk walk(
        name,
        [&](std::uint32_t tensor) {
          spend(walk.path(), 1);
          paths.SetReference(tensor, walk.path());
          return false;
        },
        [&](std::uint32_t scope) {
          name_scope({scope}, walk.path(), is_root && text::IsTensorDict(value->kind()));
          return false;
        });
    walk.Walk(text::ValueNode(*value), is_root);
  }
  return paths.Take();
}

std::vector<std::uint32_t> Checkpoint::TieGroups() const {
  const writer::TieGroups ties = writer::FindTies(state_->tensors);
  std::vector<std::uint32_t> numbers(ties.members.size(), 0);
  std::vector<std::uint32_t> groups(tensor_count(), 0);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (ties.of[i] == writer::kUntied) continue;
    std::uint32_t& number = numbers[ties.of[i]];
    if (number == 0) number = ++last;
    groups[i] = number;
  }
  return groups;
}

void Checkpoint::Read(TensorRef ref, std::uint64_t offset, std::span<std::byte> out) const {
  const std::uint64_t bytes = tensor_bytes(ref);
  const writer::TensorRecord& tensor = state_->tensors[ref.index];
  if (offset > bytes || out.size() > bytes - offset) {
    throw Error(ErrorCode::kInvalidArgument, {.entry = tensor.source.name,
                                              .problem = "the read reaches behind the tensor",
                                              .expected = "at most " + std::to_string(bytes),
                                              .found = std::to_string(offset + out.size())});
  }
  if (out.empty()) return;
  if (tensor.source.pieces) {
    tensor.source.pieces(offset, out);
  } else if (layout::IsRowMajor(tensor.layout())) {
    std::memcpy(out.data(), tensor.data() + offset, out.size());
  } else {
    ReadStrided(tensor, offset, out);
  }
}

}  // namespace statestone
