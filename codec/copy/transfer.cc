#include "codec/copy/transfer.h"

#include <memory>
#include <utility>

#include "codec/reader/reader_state.h"
#include "codec/reader/references.h"
#include "codec/reader/values.h"
#include "codec/writer/checkpoint_state.h"

namespace statestone::copy {

Transfer::Transfer(Reader source, Checkpoint& target)
    : source_(std::move(source)),
      target_(target),
      dropped_(source_.scope_count()),
      scopes_(source_.scope_count()),
      tensors_(source_.tensor_count()) {}

Error Transfer::WouldLose(std::string entry, std::string what) {
  return {ErrorCode::kUnsupported,
          {.entry = std::move(entry),
           .problem = "a copy would lose " + std::move(what),
           .advice = "the file was written by a newer version: update this program"}};
}

void Transfer::AddEntry(std::size_t number, std::string name) {
  const EntryInfo entry = source_.entry(number);
  if (!entry.known) return AddUnknownEntry(number, std::move(name));
  switch (entry.kind) {
    case EntryKind::kValue: {
      Value value = AddValue(source_.ReadValue(entry.name), name);
      return AddBody({std::move(name), std::move(value)});
    }
    case EntryKind::kModel: {
      ModelSource model = AddModel(source_.ReadModel(entry.name), name);
      return AddBody({std::move(name), std::move(model)});
    }
    case EntryKind::kAttachment:
      return AddAttachment(std::move(name), source_.attachment(entry.name));
  }
}

void Transfer::AddBody(Checkpoint::Entry entry) {
  if (auto* value = std::get_if<Value>(&entry.body)) {
    target_.AddValue(std::move(entry.name), std::move(*value));
  } else if (auto* model = std::get_if<ModelSource>(&entry.body)) {
    target_.AddModel(std::move(entry.name), std::move(*model));
  }
}

ModelSource Transfer::AddModel(const ModelInfo& info, const std::string& entry) {
  ModelSource model;
  model.scope = AddScope(info.scope);
  model.architecture = info.architecture;
  model.architecture_version = info.architecture_version;
  model.config = AddValue(info.config, entry);
  model.training = info.training;
  model.training_exceptions = info.training_exceptions;
  model.metadata = AddValue(info.metadata, entry);
  return model;
}

ScopeRef Transfer::AddScope(ScopeRef scope) {
  std::optional<ScopeRef>& added = scopes_.at(scope.index);
  if (!added) {
    added = target_.AddScope();
    for (const TensorRef tensor : source_.Tensors(scope)) {
      tensors_[tensor.index] = AddTensor(*added, tensor);
    }
  }
  return *added;
}

TensorRef Transfer::AddReference(TensorRef tensor) {
  if (!tensors_.at(tensor.index)) {
    const ScopeRef scope = source_.tensor(tensor).scope;
    const bool named = source_.state().index().scopes[scope.index].kind() == 0;
    if (named && !dropped_[scope.index]) {
      AddScope(scope);
    } else {
      tensors_[tensor.index] = AddTensor(std::nullopt, tensor);
    }
  }
  return *tensors_[tensor.index];
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
Value Transfer::AddValue(const Value& value, const std::string& entry) {
  if (value.kind() > ValueKind::kFrozenSet && !keeps_unknown_values()) {
    throw WouldLose(entry, Name(value.kind()));
  }
  if (value.kind() == ValueKind::kTypedScalar && !keeps_foreign_dtypes() &&
      FindDType(static_cast<std::uint8_t>(value.number())) == nullptr) {
    throw WouldLose(entry, "a scalar of a dtype of the future");
  }
  Value::Fields fields;
  fields.kind = value.kind();
  fields.number = value.number();
  fields.imaginary = value.imaginary();
  fields.bytes = value.raw_bytes();
  // Kinds of the future may refer to tensors and scopes too.
  if (value.raw_tensor() != reader::kNoReference) {
    fields.tensor = AddReference({value.raw_tensor()}).index;
  }
  if (value.raw_scope() != reader::kNoReference) {
    fields.scope = AddScope({value.raw_scope()}).index;
  }
  for (const Value& key : value.keys()) fields.keys.push_back(AddValue(key, entry));
  for (const Value& item : value.items()) fields.items.push_back(AddValue(item, entry));
  if (!value.attributes().is_null()) {
    fields.attributes = std::make_unique<Value>(AddValue(value.attributes(), entry));
  }
  return Value::FromFields(std::move(fields));
}

container::UnknownEntry Transfer::UnknownTables(std::size_t number, const std::string& name) {
  const schema::Entry& entry = source_.state().index().entry(number);
  container::UnknownEntry unknown{.kind = static_cast<std::uint8_t>(entry.kind())};
  if (entry.value() != nullptr) unknown.value = AddValue(reader::ReadValue(*entry.value()), name);
  if (entry.model() != nullptr) unknown.model = AddModel(reader::ReadModel(*entry.model()), name);
  return unknown;
}

void Transfer::AddUnreferenced() {
  const container::Index& index = source_.state().index();
  const reader::References referenced = reader::FindReferences(index);
  for (std::uint32_t s = 0; s < scopes_.size(); ++s) {
    if (referenced.scopes[s] || dropped_[s] || index.scopes[s].kind() != 0) continue;
    target_.state().scope_used[AddScope({s}).index] = true;
  }
  for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i] || referenced.tensors[i] || dropped_[index.scope_of(i)]) continue;
    tensors_[i] = AddTensor(std::nullopt, {i});
  }
}

}  // namespace statestone::copy
