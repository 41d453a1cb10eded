#include "interop/safetensors/flatten.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "codec/layout/strided.h"
#include "interop/json/json_events.h"
#include "interop/json/typed_json.h"
#include "interop/safetensors/metadata.h"
#include "statestone/display.h"

namespace statestone::safetensors {
namespace {

bool IsTensorDict(const Value& value) {
  return value.kind() == ValueKind::kTensorDict || value.kind() == ValueKind::kOrderedTensorDict;
}

// The tensor dict that is the whole checkpoint, or nullptr.
const Value* RootDict(const Checkpoint& checkpoint) {
  const auto entries = checkpoint.entries();
  if (entries.size() != 1 || !entries[0].name.empty()) return nullptr;
  const auto* value = std::get_if<Value>(&entries[0].body);
  return value != nullptr && IsTensorDict(*value) ? value : nullptr;
}

class Flattener {
 public:
  explicit Flattener(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint),
        root_(RootDict(checkpoint)),
        paths_(checkpoint.DisplayPaths()),
        names_(checkpoint.tensor_count()),
        named_(checkpoint.tensor_count(), false) {}

  Flat Run() {
    if (root_ != nullptr) NameAsInRoot();
    NameTheRest();
    if (root_ != nullptr) {
      flat_.metadata = MetadataOf(root_->attributes(), "", &flat_.index, flat_.lost);
    } else {
      WriteEntries();
    }
    for (std::uint32_t i = 0; i < names_.size(); ++i) AddTensor({i});
    AddTies();
    return std::move(flat_);
  }

 private:
  void NameAsInRoot() {
    for (const TensorRef tensor : checkpoint_.Tensors(root_->AsScope())) {
      const std::string& name = checkpoint_.tensor(tensor).name;
      if (name == kMetadataKey) continue;
      names_[tensor.index] = name;
      named_[tensor.index] = true;
    }
  }

  // The name that one tensor alone has in its scope, display paths for the others; a number behind
  // what is taken all the same.
  void NameTheRest() {
    std::unordered_map<std::string_view, int> uses;
    std::unordered_set<std::string> taken = {std::string(kMetadataKey)};
    for (std::uint32_t i = 0; i < names_.size(); ++i) {
      if (named_[i]) taken.insert(names_[i]);
      ++uses[checkpoint_.tensor({i}).name];
    }
    for (std::uint32_t i = 0; i < names_.size(); ++i) {
      if (named_[i]) continue;
      const std::string& own = checkpoint_.tensor({i}).name;
      names_[i] = !own.empty() && uses[own] == 1 ? own : paths_[i];
      for (int number = 2; !taken.insert(names_[i]).second; ++number) {
        names_[i] = paths_[i] + '#' + std::to_string(number);
      }
      if (root_ != nullptr) Lose(i, "its place: written as " + names_[i]);
    }
  }

  void Lose(std::uint32_t tensor, std::string what) {
    flat_.lost.push_back({paths_[tensor], std::move(what)});
  }

  void WriteEntries() {
    if (checkpoint_.entries().empty()) return;
    std::string text = "[";
    for (const Checkpoint::Entry& entry : checkpoint_.entries()) {
      if (text.size() != 1) text += ',';
      text += "{\"name\":" + json::Quoted(entry.name);
      std::visit([&](const auto& body) { text += Describe(entry.name, body); }, entry.body);
      text += '}';
    }
    flat_.metadata.emplace().emplace_back(kEntriesKey, text + ']');
  }

  std::string Describe(const std::string& entry, const Value& value) {
    const std::string path = EscapePathComponent(entry);
    flat_.lost.push_back({path, IsTensorDict(value)
                                    ? "a tensor dict beside others: only its tensors' names stay"
                                    : "a value of kind " + Name(value.kind()) +
                                          ": kept as JSON in __metadata__ alone"});
    return ",\"value\":" + json::ToJson(value, Names());
  }

  std::string Describe(const std::string& entry, const ModelSource& model) {
    flat_.lost.push_back({EscapePathComponent(entry),
                          "a model: only its tensors' names stay, the rest is kept as JSON in "
                          "__metadata__ alone"});
    std::vector<Value> exceptions(model.training_exceptions.begin(),
                                  model.training_exceptions.end());
    const Value facts = Value::Map({{"architecture", model.architecture},
                                    {"architecture_version", model.architecture_version},
                                    {"config", model.config},
                                    {"training", static_cast<int>(model.training)},
                                    {"training_exceptions", Value::List(std::move(exceptions))},
                                    {"metadata", model.metadata},
                                    {"tensors", Value::TensorDict(model.scope)}});
    return ",\"model\":" + json::ToJson(facts, Names());
  }

  std::string Describe(const std::string& entry, const AttachmentSource& attachment) {
    flat_.lost.push_back(
        {EscapePathComponent(entry),
         "an attachment of " + std::to_string(attachment.bytes) + " bytes: left out"});
    return ",\"attachment\":" + std::to_string(attachment.bytes);
  }

  json::TensorNames Names() const {
    return {.of_tensor = [this](TensorRef tensor) { return names_[tensor.index]; },
            .of_scope =
                [this](ScopeRef scope) {
                  std::vector<std::pair<std::string, std::string>> pairs;
                  for (const TensorRef tensor : checkpoint_.Tensors(scope)) {
                    pairs.emplace_back(checkpoint_.tensor(tensor).name, names_[tensor.index]);
                  }
                  return pairs;
                }};
  }

  void AddTensor(TensorRef ref) {
    const TensorSource& tensor = checkpoint_.tensor(ref);
    const DTypeRow* dtype = FindByDType(tensor.dtype);
    const bool packed = dtype != nullptr && dtype->bits < 8;
    if (dtype == nullptr || (packed && tensor.shape.empty())) {
      return Lose(ref.index, "left out: safetensors has no " + std::string(Name(tensor.dtype)) +
                                 (packed ? " without dimensions" : ""));
    }
    FlatTensor flat{.name = names_[ref.index],
                    .ref = ref,
                    .dtype = dtype,
                    .shape = tensor.shape,
                    .bytes = checkpoint_.tensor_bytes(ref)};
    if (packed) flat.shape.back() *= 2;  // at most 2^56 bytes: no overflow
    if (!layout::IsRowMajor({tensor.shape, tensor.strides, ElementBytes(tensor.dtype)})) {
      Lose(ref.index, "its strides: written in row-major order");
    }
    flat_.tensors.push_back(std::move(flat));
  }

  void AddTies() {
    const std::vector<std::uint32_t> groups = checkpoint_.TieGroups();
    std::unordered_map<std::uint32_t, std::uint32_t> first;
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      if (groups[i] == 0) continue;
      const auto [member, fresh] = first.emplace(groups[i], i);
      if (!fresh) Lose(i, "its tie to " + paths_[member->second] + ": written as a copy");
    }
  }

  const Checkpoint& checkpoint_;
  const Value* root_;
  const std::vector<std::string> paths_;
  std::vector<std::string> names_;
  std::vector<bool> named_;
  Flat flat_;
};

}  // namespace

Flat Flatten(const Checkpoint& checkpoint) { return Flattener(checkpoint).Run(); }

}  // namespace statestone::safetensors
