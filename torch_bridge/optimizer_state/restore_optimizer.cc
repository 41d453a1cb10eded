#include "torch_bridge/optimizer_state/restore_optimizer.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "statestone/display.h"
#include "statestone/error.h"
#include "statestone/optimizer_state.h"
#include "torch_bridge/load_tensor.h"
#include "torch_bridge/optimizer_state/optimizer_kind.h"
#include "torch_bridge/optimizer_state/optimizer_plan.h"
#include "torch_bridge/stored_value.h"

namespace statestone {
namespace {

using torch::optim::OptimizerOptions;
using torch::optim::OptimizerParamState;

OptimizerState ReadStored(const Reader& reader, std::string_view entry) {
  const Value value = FindStoredValue(reader, entry);
  std::string problem;
  auto read = ReadOptimizerState(value, MembersIn(reader), &problem);
  if (read) return *std::move(read);
  const bool plain = value.Find("param_groups") != nullptr && TagOf(value).empty();
  throw Error(ErrorCode::kInvalidArgument,
              {.entry = std::string(entry),
               .problem = "this is no optimizer whose parameters have names: " + problem,
               .found = Name(value.kind()),
               .advice = plain ? "it is a plain state_dict by positions: save the optimizer itself "
                                 "from Python, or make it from named_parameters()"
                               : "statestone inspect lists what is in the file"});
}

void RequireSameAlgorithm(const OptimizerState& file, const OptimizerKind& kind,
                          std::string_view entry) {
  if (file.algorithm.empty() || file.algorithm == kind.algorithm()) return;
  throw Error(ErrorCode::kMismatch,
              {.entry = std::string(entry),
               .problem = "the file has the state of another optimizer",
               .expected = std::string(kind.algorithm()),
               .found = file.algorithm,
               .advice = "make the optimizer that was saved; what C++ has no class for can only be "
                         "kept as it is, with TorchCheckpoint::Carry"});
}

bool IsAllowed(const RestoreReport& report, const RestoreOptions& options) {
  return (options.allow_missing || report.missing.empty()) &&
         (options.allow_unexpected || report.unexpected.empty()) &&
         (options.allow_group_change || report.groups_changed.empty()) &&
         report.shape_changed.empty() && report.unused_renames.empty();
}

// Everything that the optimizer will hold, made before anything of it changes.
class Preparation {
 public:
  Preparation(const Reader& reader, const OptimizerState& file, const OptimizerKind& kind,
              std::string_view entry)
      : reader_(reader), file_(file), kind_(kind), entry_(entry) {
    for (const OptimizerState::Slot& slot : file.slots) {
      for (const auto& [parameter, value] : slot.values) {
        state_[parameter].emplace_back(&slot.name, &value);
      }
    }
  }

  void Prepare(const OptimizerPlan& plan) {
    for (const PlannedGroup& group : plan.groups) CollectGroup(group);
    loaded_ = LoadCopies(reader_, refs_);
    std::int64_t elements = 0;
    for (const PlannedGroup& group : plan.groups) {
      for (const PlannedParameter& parameter : group.parameters) {
        elements += parameter.parameter.numel();
      }
    }
    for (const PlannedGroup& group : plan.groups) PrepareGroup(group, elements);
  }

  void Commit(torch::optim::Optimizer& optimizer) {
    for (std::size_t g = 0; g < options_.size(); ++g) {
      if (options_[g] != nullptr) optimizer.param_groups()[g].set_options(std::move(options_[g]));
    }
    auto& state = optimizer.state();
    for (auto& [key, made] : made_) {
      if (made == nullptr) {
        state.erase(key);
      } else {
        state[key] = std::move(made);
      }
    }
  }

 private:
  void CollectGroup(const PlannedGroup& group) {
    if (group.stored) {
      for (const auto& option : file_.groups[*group.stored].options) Collect(option.second);
    }
    for (const PlannedParameter& parameter : group.parameters) {
      if (!parameter.stored) continue;
      for (const auto& [slot, value] : state_[*parameter.stored]) Collect(*value);
    }
  }

  void Collect(const Value& value) {
    WithReferences(value, [&](TensorRef tensor) {
      if (places_.emplace(tensor.index, refs_.size()).second) refs_.push_back(tensor);
      return tensor;
    });
  }

  // A stored value with its tensors; each place gets memory of its own.
  StateValue Loaded(const Value& value) {
    StateValue loaded;
    loaded.value = WithReferences(value, [&](TensorRef tensor) {
      at::Tensor& source = loaded_[places_.at(tensor.index)];
      const bool taken = !taken_.emplace(tensor.index, true).second;
      loaded.tensors.push_back(taken ? source.clone() : source);
      return TensorRef{static_cast<std::uint32_t>(loaded.tensors.size() - 1)};
    });
    return loaded;
  }

  void PrepareGroup(const PlannedGroup& group, std::int64_t elements) {
    options_.push_back(nullptr);
    if (group.stored) {
      StateValues stored;
      for (const auto& [name, option] : file_.groups[*group.stored].options) {
        stored.emplace_back(name.AsString(), Loaded(option));
      }
      At("param_groups/" + std::to_string(*group.stored),
         [&] { options_.back() = kind_.MakeOptions(std::move(stored)); });
    }
    for (const PlannedParameter& parameter : group.parameters) {
      if (!parameter.stored) continue;
      StateValues stored;
      for (const auto& [slot, value] : state_[*parameter.stored]) {
        stored.emplace_back(*slot, Loaded(*value));
      }
      std::unique_ptr<OptimizerParamState> made;
      if (!stored.empty() || kind_.always_has_state()) {
        At("state of " + EscapePathComponent(*parameter.stored), [&] {
          made = kind_.MakeState(std::move(stored), {parameter.parameter, elements});
        });
      }
      made_.emplace_back(parameter.parameter.unsafeGetTensorImpl(), std::move(made));
    }
  }

  // Errors say where in the entry they arose.
  template <typename Make>
  void At(const std::string& place, Make&& make) const {
    try {
      make();
    } catch (const Error& error) {
      ErrorFields fields = error.fields();
      fields.entry = EscapeForDisplay(entry_) + ": " + place + ": " + fields.entry;
      throw Error(error.code(), std::move(fields));
    }
  }

  const Reader& reader_;
  const OptimizerState& file_;
  const OptimizerKind& kind_;
  const std::string entry_;
  // By stored parameter: slots and values.
  std::unordered_map<std::string, std::vector<std::pair<const std::string*, const Value*>>> state_;
  std::vector<TensorRef> refs_;
  std::unordered_map<std::uint32_t, std::size_t> places_;  // of a tensor in `loaded_`
  std::unordered_map<std::uint32_t, bool> taken_;
  std::vector<at::Tensor> loaded_;
  std::vector<std::unique_ptr<OptimizerOptions>> options_;  // by group; null: stays
  std::vector<std::pair<void*, std::unique_ptr<OptimizerParamState>>> made_;  // null: has none
};

}  // namespace

RestoreReport RestoreOptimizer(const Reader& reader, const std::string& file,
                               std::string_view entry, torch::optim::Optimizer& optimizer,
                               const std::vector<NamedTensor>& model,
                               const RestoreOptions& options) {
  const OptimizerKind& kind = KindOf(optimizer);
  const OptimizerState stored = ReadStored(reader, entry);
  RequireSameAlgorithm(stored, kind, entry);
  OptimizerPlan plan = PlanOptimizer(stored, optimizer, model, options);
  plan.report.entry = entry;
  if (plan.one_row_differs || !IsAllowed(plan.report, options)) {
    plan.report.loaded.clear();
    ErrorFields fields{.path = file,
                       .entry = std::string(entry),
                       .problem = "the stored optimizer does not fit this one, which is unchanged",
                       .advice = "correct its parameters, or set rename or the allow_ options"};
    throw MismatchError(std::move(fields), std::move(plan.report));
  }
  Preparation preparation(reader, stored, kind, entry);
  preparation.Prepare(plan);
  preparation.Commit(optimizer);
  return std::move(plan.report);
}

}  // namespace statestone
