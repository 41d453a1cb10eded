#include "torch_bridge/schedulers/param_groups.h"

#include <torch/torch.h>

#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "statestone/error.h"
#include "statestone/optim/group_extras.h"

namespace statestone::optim {
namespace {

using torch::optim::Optimizer;
using torch::optim::OptimizerOptions;

constexpr std::array<std::pair<std::string_view, std::optional<double> GroupExtras::*>, 5>
    group_numbers = {{{"initial_lr", &GroupExtras::initial_lr},
                      {"max_lr", &GroupExtras::max_lr},
                      {"min_lr", &GroupExtras::min_lr},
                      {"max_momentum", &GroupExtras::max_momentum},
                      {"base_momentum", &GroupExtras::base_momentum}}};

template <typename Options>
bool SetMomentumOf(OptimizerOptions& options, double momentum) {
  auto* known = dynamic_cast<Options*>(&options);
  if (known != nullptr) known->momentum(momentum);
  return known != nullptr;
}

template <typename Options>
bool SetBeta1Of(OptimizerOptions& options, double beta1) {
  auto* known = dynamic_cast<Options*>(&options);
  if (known != nullptr) known->betas({beta1, std::get<1>(known->betas())});
  return known != nullptr;
}

template <typename... Options>
bool IsOneOf(const OptimizerOptions& options) {
  return ((dynamic_cast<const Options*>(&options) != nullptr) || ...);
}

}  // namespace

std::size_t GroupCount(const Optimizer& optimizer) { return optimizer.param_groups().size(); }

std::vector<double> LearningRates(const Optimizer& optimizer) {
  std::vector<double> rates;
  for (const auto& group : optimizer.param_groups()) rates.push_back(group.options().get_lr());
  return rates;
}

void RequireGroups(const Optimizer& optimizer, std::size_t groups) {
  if (GroupCount(optimizer) == groups) return;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "the optimizer has other parameter groups than its scheduler",
               .expected = std::to_string(groups),
               .found = std::to_string(GroupCount(optimizer)),
               .advice = "make the scheduler after all groups were added"});
}

void SetLearningRates(Optimizer& optimizer, const std::vector<double>& rates) {
  RequireGroups(optimizer, rates.size());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    optimizer.param_groups()[i].options().set_lr(rates[i]);
  }
}

MomentumKind MomentumKindOf(const Optimizer& optimizer) {
  using namespace torch::optim;
  if (IsOneOf<SGDOptions, RMSpropOptions>(optimizer.defaults())) return MomentumKind::kMomentum;
  if (IsOneOf<AdamOptions, AdamWOptions>(optimizer.defaults())) return MomentumKind::kBeta1;
  return MomentumKind::kNone;
}

void SetMomentum(Optimizer& optimizer, const std::vector<double>& momentum) {
  using namespace torch::optim;
  RequireGroups(optimizer, momentum.size());
  for (std::size_t i = 0; i < momentum.size(); ++i) {
    OptimizerOptions& options = optimizer.param_groups()[i].options();
    if (SetMomentumOf<SGDOptions>(options, momentum[i]) ||
        SetMomentumOf<RMSpropOptions>(options, momentum[i]) ||
        SetBeta1Of<AdamOptions>(options, momentum[i]) ||
        SetBeta1Of<AdamWOptions>(options, momentum[i])) {
      continue;
    }
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "a parameter group has neither momentum nor betas"});
  }
}

bool IsGroupNumber(std::string_view name) {
  for (const auto& [known, member] : group_numbers) {
    if (known == name) return true;
  }
  return false;
}

std::optional<double>& GroupNumber(Optimizer& optimizer, std::size_t group, std::string_view name) {
  for (const auto& [known, member] : group_numbers) {
    if (known == name) return ExtrasOf(optimizer.param_groups().at(group)).*member;
  }
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "no such number of a parameter group", .found = std::string(name)});
}

double RequiredGroupNumber(Optimizer& optimizer, std::size_t group, std::string_view name) {
  const std::optional<double> number = GroupNumber(optimizer, group, name);
  if (number) return *number;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "a parameter group has lost its " + std::string(name),
               .advice = "torch::load drops it: make the scheduler after that"});
}

}  // namespace statestone::optim
