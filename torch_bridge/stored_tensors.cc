#include "torch_bridge/stored_tensors.h"

#include <cstddef>
#include <utility>

#include "statestone/display.h"
#include "torch_bridge/name_list.h"
#include "torch_bridge/stored_value.h"

namespace statestone {
namespace {

Error NotTensors(std::string_view entry, const Value& value) {
  NameList dicts;
  for (std::size_t i = 0; i < value.keys().size(); ++i) {
    const ValueKind kind = value.items()[i].kind();
    if (kind != ValueKind::kTensorDict && kind != ValueKind::kOrderedTensorDict) continue;
    if (value.keys()[i].kind() != ValueKind::kString) continue;
    const std::string key = EscapePathComponent(value.keys()[i].AsString());
    dicts.Add(entry.empty() ? key : std::string(entry) + "/" + key);
  }
  return {ErrorCode::kInvalidArgument,
          {.entry = std::string(entry),
           .problem = "this entry is not a model",
           .expected = "a model or a dict of tensors",
           .found = std::string(Name(value.kind())),
           .advice = dicts.empty() ? "statestone inspect lists what is in the file"
                                   : "there are dicts of tensors in it: " + dicts.text()}};
}

void AddScope(const Reader& reader, ScopeRef scope, StoredTensors& stored) {
  for (const TensorRef tensor : reader.Tensors(scope)) {
    stored.tensors.push_back({std::string(reader.tensor(tensor).name), tensor});
  }
}

// A dict of tensors with something else in it: the extra state of a module, a version.
void AddMixedDict(const Value& value, StoredTensors& stored) {
  for (std::size_t i = 0; i < value.keys().size(); ++i) {
    const Value& key = value.keys()[i];
    const Value& item = value.items()[i];
    const bool named = key.kind() == ValueKind::kString;
    const std::string name = named ? key.AsString() : "(a key of kind " + Name(key.kind()) + ")";
    if (named && item.kind() == ValueKind::kTensor) {
      stored.tensors.push_back({name, item.AsTensor()});
    } else {
      stored.not_tensors.push_back({.name = name, .expected = {}, .found = Name(item.kind())});
    }
  }
}

StoredTensors FromValue(const Reader& reader, std::string_view entry, const Value& value) {
  StoredTensors stored;
  switch (value.kind()) {
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      AddScope(reader, value.AsScope(), stored);
      return stored;
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      AddMixedDict(value, stored);
      if (!stored.tensors.empty() || value.items().empty()) return stored;
      break;
    default:
      break;
  }
  throw NotTensors(entry, value);
}

StoredTensors FromModel(const Reader& reader, std::string_view entry) {
  ModelInfo model = reader.ReadModel(entry);
  StoredTensors stored;
  AddScope(reader, model.scope, stored);
  stored.training = model.training;
  stored.training_exceptions = std::move(model.training_exceptions);
  return stored;
}

}  // namespace

StoredTensors FindStoredTensors(const Reader& reader, std::string_view entry) {
  const auto found = reader.FindEntry(entry);
  if (!found) return FromValue(reader, entry, FindStoredValue(reader, entry));
  if (reader.entry(*found).kind == EntryKind::kModel) return FromModel(reader, entry);
  return FromValue(reader, entry, reader.ReadValue(entry));
}

std::string Signature(const TensorInfo& info) {
  std::string text = std::string(info.dtype_name) + " [";
  for (std::size_t i = 0; i < info.shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(info.shape[i]);
  }
  return text + "]";
}

}  // namespace statestone
