#include "codec/reader/values.h"

namespace statestone::reader {

Value ReadValue(const schema::Value& node) {  // NOLINT(misc-no-recursion): at most 64 deep
  Value::Fields fields;
  fields.kind = static_cast<ValueKind>(node.kind());
  fields.number = node.number();
  fields.imaginary = node.imaginary();
  fields.tensor = node.tensor();
  fields.scope = node.scope();
  if (const auto* bytes = node.bytes()) {
    fields.bytes.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  if (const auto* keys = node.keys()) {
    fields.keys.reserve(keys->size());
    for (const auto* key : *keys) fields.keys.push_back(ReadValue(*key));
  }
  if (const auto* items = node.items()) {
    fields.items.reserve(items->size());
    for (const auto* item : *items) fields.items.push_back(ReadValue(*item));
  }
  if (node.attributes() != nullptr) {
    fields.attributes = std::make_unique<Value>(ReadValue(*node.attributes()));
  }
  return Value::FromFields(std::move(fields));
}

Value ReadOptionalValue(const schema::Value* node) {
  return node == nullptr ? Value() : ReadValue(*node);
}

ModelInfo ReadModel(const schema::Model& model) {
  const auto text = [](const flatbuffers::String* field) {
    return field == nullptr ? std::string() : field->str();
  };
  ModelInfo info;
  info.scope = {model.scope()};
  info.architecture = text(model.architecture());
  info.architecture_version = text(model.architecture_version());
  info.config = ReadOptionalValue(model.config());
  info.training = static_cast<TrainingMode>(model.training());
  if (const auto* names = model.training_exceptions()) {
    for (const auto* name : *names) info.training_exceptions.push_back(ReadValue(*name).AsString());
  }
  info.metadata = ReadOptionalValue(model.metadata());
  return info;
}

}  // namespace statestone::reader
