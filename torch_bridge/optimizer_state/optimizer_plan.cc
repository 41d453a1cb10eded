#include "torch_bridge/optimizer_state/optimizer_plan.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "statestone/error.h"
#include "torch_bridge/rename.h"

namespace statestone {
namespace {

class Planner {
 public:
  Planner(const OptimizerState& file, const std::vector<NamedTensor>& model,
          const RestoreOptions& options)
      : file_(file), names_(options.rename) {
    for (const NamedTensor& tensor : model) {
      if (tensor.kind != TensorKind::kParameter) continue;
      const void* key = tensor.tensor.unsafeGetTensorImpl();
      by_name_.emplace(tensor.name, key);
      name_of_.emplace(key, tensor.name);
    }
  }

  OptimizerPlan Make(const torch::optim::Optimizer& optimizer) && {
    for (const auto& group : optimizer.param_groups()) AddGroup(group.params());
    for (std::size_t g = 0; g < file_.groups.size(); ++g) {
      for (const std::string& parameter : file_.groups[g].parameters) Match(parameter, g);
    }
    for (std::size_t g = 0; g < plan_.groups.size(); ++g) Settle(g);
    if (file_.algorithm == "LBFGS") RequireSameOrder();
    plan_.report.unused_renames = names_.Unused();
    return std::move(plan_);
  }

 private:
  struct Place {
    std::size_t group;
    std::size_t parameter;
  };

  void AddGroup(const std::vector<at::Tensor>& parameters) {
    const std::size_t group = plan_.groups.size();
    plan_.groups.emplace_back();
    stored_groups_.emplace_back();
    for (const at::Tensor& parameter : parameters) {
      const void* key = parameter.unsafeGetTensorImpl();
      const auto name = name_of_.find(key);
      const std::size_t place = plan_.groups[group].parameters.size();
      if (name == name_of_.end()) {
        throw Error(
            ErrorCode::kInvalidArgument,
            {.problem = "the optimizer has a parameter that the module does not have",
             .found = "group " + std::to_string(group) + ", parameter " + std::to_string(place),
             .advice = "name the module whose parameters() the optimizer was given"});
      }
      places_.emplace(key, Place{group, place});
      plan_.groups[group].parameters.push_back({parameter, name->second, std::nullopt});
    }
  }

  void Match(const std::string& stored, std::size_t stored_group) {
    const auto key = by_name_.find(names_.InModule(stored));
    const auto place = key == by_name_.end() ? places_.end() : places_.find(key->second);
    if (place == places_.end()) {
      plan_.report.unexpected.push_back(
          {.name = stored,
           .expected = {},
           .found = key == by_name_.end() ? "no parameter of the module"
                                          : "a parameter that this optimizer does not have"});
      return;
    }
    PlannedParameter& planned =
        plan_.groups[place->second.group].parameters[place->second.parameter];
    if (planned.stored) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = planned.name,
                   .problem = "two stored parameters are this one of the optimizer",
                   .found = "\"" + *planned.stored + "\" and \"" + stored + "\"",
                   .advice = "correct the rename pairs, or untie the parameters"});
    }
    planned.stored = stored;
    stored_groups_[place->second.group].insert(stored_group);
  }

  // LBFGS keeps directions and gradients as one row of all parameters.
  void RequireSameOrder() {
    std::vector<std::string> stored;
    for (const OptimizerState::Group& group : file_.groups) {
      stored.insert(stored.end(), group.parameters.begin(), group.parameters.end());
    }
    std::vector<std::string> found;
    for (const PlannedGroup& group : plan_.groups) {
      for (const PlannedParameter& parameter : group.parameters) {
        found.push_back(parameter.stored.value_or(""));
      }
    }
    plan_.one_row_differs = stored != found;
    if (!plan_.one_row_differs) return;
    plan_.report.groups_changed.push_back(
        {.name = "all parameters",
         .expected = "in the order of the stored ones, since LBFGS keeps them in one row",
         .found = "another order, or others"});
  }

  // The group of the file that a group stands for, if its parameters come from one; what differs
  // in how parameters are grouped.
  void Settle(std::size_t g) {
    PlannedGroup& group = plan_.groups[g];
    for (const PlannedParameter& parameter : group.parameters) {
      if (parameter.stored) {
        plan_.report.loaded.push_back(parameter.name);
      } else {
        plan_.report.missing.push_back(
            {.name = parameter.name, .expected = "in the stored optimizer", .found = {}});
      }
    }
    const std::set<std::size_t>& from = stored_groups_[g];
    if (from.empty()) return;
    const bool same_options = std::ranges::all_of(from, [&](std::size_t stored) {
      return file_.groups[stored].options == file_.groups[*from.begin()].options;
    });
    if (same_options) {
      group.stored = *from.begin();
      return;
    }
    std::string groups;
    for (const std::size_t stored : from) {
      groups += (groups.empty() ? "" : ", ") + std::to_string(stored);
    }
    plan_.report.groups_changed.push_back(
        {.name = "group " + std::to_string(g),
         .expected = "parameters of one group, or of groups with equal options",
         .found = "of the groups " + groups});
  }

  const OptimizerState& file_;
  NameMap names_;
  std::unordered_map<std::string, const void*> by_name_;  // tied ones under each name
  std::unordered_map<const void*, std::string> name_of_;
  std::unordered_map<const void*, Place> places_;
  std::vector<std::set<std::size_t>> stored_groups_;  // by group of the optimizer
  OptimizerPlan plan_;
};

}  // namespace

OptimizerPlan PlanOptimizer(const OptimizerState& file, const torch::optim::Optimizer& optimizer,
                            const std::vector<NamedTensor>& model, const RestoreOptions& options) {
  return Planner(file, model, options).Make(optimizer);
}

}  // namespace statestone
