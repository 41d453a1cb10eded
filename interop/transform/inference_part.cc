#include "interop/transform/inference_part.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/text/reference_walk.h"
#include "interop/transform/same_numbers.h"
#include "statestone/display.h"

namespace statestone {
namespace {

// What people call the weights in the dict that they save.
constexpr std::array<std::string_view, 10> kNames = {
    "model",  "state_dict", "model_state_dict", "net",       "network",
    "module", "weights",    "net_state_dict",   "generator", "params"};

bool IsStateDict(const Value& value) { return text::IsTensorDict(value.kind()); }

class InferenceParts {
 public:
  explicit InferenceParts(const Checkpoint& source) : source_(source) {
    for (const Checkpoint::Entry& entry : source.entries()) {
      if (std::holds_alternative<ModelSource>(entry.body)) models_.push_back(&entry);
      const auto* value = std::get_if<Value>(&entry.body);
      if (value == nullptr) continue;
      if (IsStateDict(*value)) {
        dicts_.push_back(&entry);
        if (IsKnown(entry.name) || entry.name.empty()) named_.push_back(&entry);
      }
      FindNested(entry, *value);
    }
  }

  // The entries or, one level down, the values that are the weights.
  std::vector<std::string> Paths() const {
    std::vector<std::string> paths;
    for (const auto* entry : !models_.empty() ? models_ : named_) {
      paths.push_back(EscapePathComponent(entry->name));
    }
    if (paths.empty()) paths = nested_;
    if (paths.empty() && dicts_.size() == 1) {
      paths.push_back(EscapePathComponent(dicts_.front()->name));
    }
    if (paths.empty()) throw NotFound();
    return paths;
  }

 private:
  static bool IsKnown(std::string_view name) {
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
  }

  // {"checkpoint": {"model": ...}}, and {"model": {"state_dict": ...}}.
  void FindNested(const Checkpoint::Entry& entry, const Value& value) {
    const std::string path = EscapePathComponent(entry.name);
    for (std::size_t i = 0; i < value.keys().size(); ++i) {
      const Value& key = value.keys()[i];
      if (key.kind() != ValueKind::kString || !IsKnown(key.AsString())) continue;
      if (!IsStateDict(value.items()[i])) continue;
      nested_.push_back(path.empty() ? KeyComponent(key) : path + '/' + KeyComponent(key));
    }
  }

  Error NotFound() const {
    std::string found;
    for (const auto* entry : dicts_) {
      found += (found.empty() ? "" : ", ") + EscapePathComponent(entry->name);
    }
    return {
        ErrorCode::kNotFound,
        {.problem = "nothing in the file is known to be a model's weights",
         .expected = "a model, or a dict of tensors under \"model\", \"state_dict\" or the like",
         .found = found.empty() ? "no dict of tensors at the root" : found,
         .advice = "name what to keep: `statestone convert --only PATH`"}};
  }

  const Checkpoint& source_;
  std::vector<const Checkpoint::Entry*> models_;
  std::vector<const Checkpoint::Entry*> dicts_;
  std::vector<const Checkpoint::Entry*> named_;
  std::vector<std::string> nested_;
};

// NOLINTNEXTLINE(misc-no-recursion): two levels
const Value* FindDict(const Value& value) {
  if (IsStateDict(value)) return &value;
  return value.items().size() == 1 ? FindDict(value.items().front()) : nullptr;
}

Value AsDict(const ModelSource& model) {
  if (model.metadata.is_null()) return Value::OrderedTensorDict(model.scope);
  return Value::OrderedTensorDict(model.scope, Value::Map({{"_metadata", model.metadata}}));
}

// The same tensors under other entries.
Checkpoint WithEntries(const Checkpoint& source, bool as_dict) {
  Checkpoint result =
      WithSameNumbers(source, [&](TensorRef tensor) { return source.tensor(tensor); });
  const bool alone = source.entries().size() == 1;
  for (const Checkpoint::Entry& entry : source.entries()) {
    if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
      if (as_dict) {
        result.AddValue(alone ? "" : entry.name, AsDict(*model));
      } else {
        result.AddModel(entry.name, *model);
      }
      continue;
    }
    const Value* dict = FindDict(std::get<Value>(entry.body));
    result.AddValue(alone && dict != nullptr ? "" : entry.name,
                    alone && dict != nullptr ? *dict : std::get<Value>(entry.body));
  }
  return result;
}

}  // namespace

Selection InferencePart(std::shared_ptr<const Checkpoint> source, bool as_dict) {
  const std::vector<std::string> paths = InferenceParts(*source).Paths();
  const bool whole = std::find(paths.begin(), paths.end(), "") != paths.end();
  Selection selection = Select(std::move(source), [&](const std::string& path) {
    return whole || std::any_of(paths.begin(), paths.end(), [&](const std::string& root) {
             return path == root || path.starts_with(root + '/');
           });
  });
  auto selected = std::make_shared<Checkpoint>(std::move(selection.checkpoint));
  selection.checkpoint = WithEntries(*selected, as_dict);
  selection.checkpoint.Keep(std::move(selected));
  return selection;
}

}  // namespace statestone
