#include "torch_bridge/stored_tensors.h"

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "statestone/display.h"

namespace statestone {
namespace {

// Enough to recognise what one has; a file may have thousands.
constexpr std::size_t kNamesShown = 8;

class NameList {
 public:
  void Add(const std::string& name) {
    if (count_++ >= kNamesShown) return;
    if (!text_.empty()) text_ += ", ";
    text_ += name.empty() ? "\"\"" : name;
  }
  std::string text() const { return count_ > kNamesShown ? text_ + ", ..." : text_; }
  bool empty() const { return count_ == 0; }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

Error NotFound(const Reader& reader, std::string_view entry) {
  NameList names;
  for (std::size_t i = 0; i < reader.entry_count(); ++i) {
    names.Add(EscapePathComponent(reader.entry(i).name));
  }
  return {ErrorCode::kNotFound,
          {.entry = std::string(entry),
           .problem = "no such entry",
           .advice = names.empty() ? "the file is empty" : "the file has " + names.text()}};
}

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

const Value* Descend(const Value& value, std::span<const std::string> keys) {
  const Value* place = &value;
  for (const std::string& key : keys) {
    place = place->Find(key);
    if (place == nullptr) return nullptr;
  }
  return place;
}

// A display path: its first component is the entry, or stands in the root value.
StoredTensors FromPath(const Reader& reader, std::string_view path) {
  const std::vector<std::string> components = SplitDisplayPath(path);
  const bool rooted = reader.FindEntry("").has_value();
  const std::string first = rooted || components.empty() ? "" : components.front();
  const auto entry = reader.FindEntry(first);
  if (!entry || reader.entry(*entry).kind != EntryKind::kValue) throw NotFound(reader, path);
  const Value root = reader.ReadValue(first);
  const Value* value = Descend(root, std::span(components).subspan(rooted ? 0 : 1));
  if (value == nullptr) throw NotFound(reader, path);
  return FromValue(reader, path, *value);
}

}  // namespace

StoredTensors FindStoredTensors(const Reader& reader, std::string_view entry) {
  const auto found = reader.FindEntry(entry);
  if (!found) return FromPath(reader, entry);
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
