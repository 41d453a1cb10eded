#include "codec/append/merge.h"

#include <memory>
#include <utility>

#include "codec/reader/references.h"

namespace statestone::append {

Merge::Merge(const Checkpoint& source, Checkpoint& target)
    : source_(source),
      target_(target),
      scopes_(source.scope_count()),
      tensors_(source.tensor_count()),
      scope_of_(source.tensor_count()) {
  for (std::uint32_t s = 0; s < source.scope_count(); ++s) {
    for (const TensorRef tensor : source.Tensors({s})) scope_of_[tensor.index] = ScopeRef{s};
  }
}

decltype(Checkpoint::Entry::body) Merge::BodyOf(const Checkpoint::Entry& entry) {
  if (const auto* value = std::get_if<Value>(&entry.body)) return AddValue(*value);
  if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
    ModelSource merged = *model;
    merged.scope = AddScope(model->scope);
    merged.config = AddValue(model->config);
    merged.metadata = AddValue(model->metadata);
    return merged;
  }
  if (const auto* attachment = std::get_if<AttachmentSource>(&entry.body)) return *attachment;
  throw Error(ErrorCode::kUnsupported,
              {.entry = entry.name, .problem = "the entry is of a kind of the future"});
}

ScopeRef Merge::AddScope(ScopeRef scope) {
  std::optional<ScopeRef>& added = scopes_.at(scope.index);
  if (!added) {
    added = target_.AddScope();
    for (const TensorRef tensor : source_.Tensors(scope)) {
      tensors_[tensor.index] = target_.AddTensor(*added, source_.tensor(tensor));
    }
  }
  return *added;
}

TensorRef Merge::AddReference(TensorRef tensor) {
  std::optional<TensorRef>& added = tensors_.at(tensor.index);
  if (!added && scope_of_[tensor.index]) AddScope(*scope_of_[tensor.index]);
  if (!added) added = target_.AddAnonymousTensor(source_.tensor(tensor));
  return *added;
}

Value Merge::AddValue(const Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
  Value::Fields fields;
  fields.kind = value.kind();
  fields.number = value.number();
  fields.imaginary = value.imaginary();
  fields.bytes = value.raw_bytes();
  if (value.raw_tensor() != reader::kNoReference) {
    fields.tensor = AddReference({value.raw_tensor()}).index;
  }
  if (value.raw_scope() != reader::kNoReference) {
    fields.scope = AddScope({value.raw_scope()}).index;
  }
  for (const Value& key : value.keys()) fields.keys.push_back(AddValue(key));
  for (const Value& item : value.items()) fields.items.push_back(AddValue(item));
  if (!value.attributes().is_null()) {
    fields.attributes = std::make_unique<Value>(AddValue(value.attributes()));
  }
  return Value::FromFields(std::move(fields));
}

}  // namespace statestone::append
