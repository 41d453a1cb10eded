#include "interop/optimizer/recognize.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/append/merge.h"
#include "interop/optimizer/algorithm.h"
#include "interop/optimizer/parameter_names.h"
#include "interop/optimizer/state_dict_form.h"
#include "statestone/optimizer_state.h"

namespace statestone::optimizer {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

// How often the values of a description refer to each tensor, by its scope or on its own.
class ReferenceCounts {
 public:
  explicit ReferenceCounts(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), counts_(checkpoint.tensor_count()) {
    for (const Checkpoint::Entry& entry : checkpoint.entries()) {
      if (const auto* value = std::get_if<Value>(&entry.body)) Count(*value);
      if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
        CountScope(model->scope);
        Count(model->config);
        Count(model->metadata);
      }
    }
  }

  bool IsOnlyOne(TensorRef tensor) const { return counts_[tensor.index] == 1; }

 private:
  void Count(const Value& value) {  // NOLINT(misc-no-recursion): values are at most 64 deep
    if (value.raw_tensor() != kNone) ++counts_[value.raw_tensor()];
    if (value.raw_scope() != kNone) CountScope({value.raw_scope()});
    for (const Value& key : value.keys()) Count(key);
    for (const Value& item : value.items()) Count(item);
    if (!value.attributes().is_null()) Count(value.attributes());
  }

  void CountScope(ScopeRef scope) {
    for (const TensorRef tensor : checkpoint_.Tensors(scope)) ++counts_[tensor.index];
  }

  const Checkpoint& checkpoint_;
  std::vector<std::uint32_t> counts_;
};

// The optimizers of a description, by the value in whose place they can stand.
class Optimizers {
 public:
  explicit Optimizers(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), members_(MembersIn(checkpoint)) {
    std::vector<const Value*> candidates;
    for (const Checkpoint::Entry& entry : checkpoint.entries()) {
      if (const auto* value = std::get_if<Value>(&entry.body)) Find(*value, candidates);
    }
    if (candidates.empty()) return;
    const std::vector<NamedScope> scopes = FindNamedScopes(checkpoint);
    const ReferenceCounts references(checkpoint);
    for (const Value* candidate : candidates) {
      auto names = FindParameterNames(checkpoint, *candidate, scopes);
      if (!names) continue;
      auto read = ReadStateDict(*candidate, members_, names->names);
      if (!read || !CanMove(*read, references)) continue;
      read->algorithm = AlgorithmOf(*read);
      read->model = std::move(names->model);
      found_.emplace(candidate, *std::move(read));
    }
  }

  bool empty() const { return found_.empty(); }

  const OptimizerState* At(const Value& value) const {
    const auto found = found_.find(&value);
    return found == found_.end() ? nullptr : &found->second;
  }

 private:
  void Find(const Value& value,
            std::vector<const Value*>& candidates) {  // NOLINT(misc-no-recursion)
    if (IsStateDictForm(value)) {
      candidates.push_back(&value);
      return;
    }
    for (const Value& item : value.items()) Find(item, candidates);
  }

  // Tensors that something else refers to by their numbers stay where they are.
  static bool CanMove(const OptimizerState& optimizer, const ReferenceCounts& references) {
    for (const OptimizerState::Slot& slot : optimizer.slots) {
      for (const auto& [parameter, value] : slot.values) {
        if (value.kind() == ValueKind::kTensor && !references.IsOnlyOne(value.AsTensor())) {
          return false;
        }
      }
    }
    return true;
  }

  const Checkpoint& checkpoint_;
  const ScopeMembers members_;
  std::unordered_map<const Value*, OptimizerState> found_;
};

class Recognition : public append::Merge {
 public:
  Recognition(const Checkpoint& source, const Optimizers& optimizers, Checkpoint& target)
      : Merge(source, target), optimizers_(optimizers) {}

 private:
  Value AddValue(const Value& value) override {  // NOLINT(misc-no-recursion)
    const OptimizerState* found = optimizers_.At(value);
    if (found == nullptr) return Merge::AddValue(value);
    OptimizerState optimizer = *found;
    for (OptimizerState::Group& group : optimizer.groups) {
      for (auto& [name, option] : group.options) option = Merge::AddValue(option);
    }
    // Tensors that become a scope are added with it, under their new names.
    return MakeOptimizerValue(Resolved(std::move(optimizer)), [&](const auto& tensors) {
      const ScopeRef scope = target().AddScope();
      for (const auto& [parameter, tensor] : tensors) {
        TensorSource named = source().tensor(tensor);
        named.name = parameter;
        target().AddTensor(scope, std::move(named));
      }
      return scope;
    });
  }

  // Slots that are not all tensors stand as maps: what is in them in terms of the target.
  OptimizerState Resolved(OptimizerState optimizer) {  // NOLINT(misc-no-recursion)
    for (OptimizerState::Slot& slot : optimizer.slots) {
      if (slot.holds_only_tensors()) continue;
      for (auto& [parameter, value] : slot.values) value = AddDetached(value);
    }
    return optimizer;
  }

  // A tensor of a scope that is given up stands alone from now on.
  Value AddDetached(const Value& value) {  // NOLINT(misc-no-recursion)
    if (value.kind() != ValueKind::kTensor) return Merge::AddValue(value);
    return Value::Tensor(target().AddAnonymousTensor(source().tensor(value.AsTensor())));
  }

  const Optimizers& optimizers_;
};

}  // namespace

Checkpoint RecognizeOptimizers(Checkpoint checkpoint) {
  const Optimizers optimizers(checkpoint);
  if (optimizers.empty()) return checkpoint;
  Checkpoint recognized;
  Recognition recognition(checkpoint, optimizers, recognized);
  for (const Checkpoint::Entry& entry : checkpoint.entries()) {
    auto body = recognition.BodyOf(entry);
    if (auto* value = std::get_if<Value>(&body)) {
      recognized.AddValue(entry.name, std::move(*value));
    } else if (auto* model = std::get_if<ModelSource>(&body)) {
      recognized.AddModel(entry.name, std::move(*model));
    } else {
      recognized.AddAttachment(entry.name, std::get<AttachmentSource>(std::move(body)));
    }
  }
  recognized.Keep(std::make_shared<const Checkpoint>(std::move(checkpoint)));
  return recognized;
}

}  // namespace statestone::optimizer
