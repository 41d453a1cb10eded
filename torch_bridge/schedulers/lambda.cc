#include "statestone/schedulers/lambda.h"

#include <algorithm>

#include "statestone/error.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

void VisitFunctions(StateFields& fields, std::size_t functions) {
  std::vector<std::nullptr_t> nones(functions);
  fields.FieldOfGroups("lr_lambdas", nones);
}

}  // namespace

std::vector<LrLambdas::Function> LrLambdas::For(std::size_t groups) const {
  const auto empty = [](const Function& function) { return function == nullptr; };
  if (std::any_of(functions_.begin(), functions_.end(), empty)) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "a function of lr_lambda is empty"});
  }
  if (!for_each_) return std::vector<Function>(groups, functions_.front());
  if (functions_.size() == groups) return functions_;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "the list lr_lambda has another length",
               .expected = std::to_string(groups) + ", one for each parameter group",
               .found = std::to_string(functions_.size())});
}

LambdaLR::LambdaLR(torch::optim::Optimizer& optimizer, const LrLambdas& lr_lambda)
    : EpochScheduler(optimizer), functions_(lr_lambda.For(GroupCount(optimizer))) {
  Begin();
}

void LambdaLR::VisitState(StateFields& fields) {
  EpochScheduler::VisitState(fields);
  VisitFunctions(fields, functions_.size());
}

std::vector<double> LambdaLR::NextLr() {
  std::vector<double> rates = BaseLr();
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = rates[i] * functions_[i](last_epoch_);
  return rates;
}

MultiplicativeLR::MultiplicativeLR(torch::optim::Optimizer& optimizer, const LrLambdas& lr_lambda)
    : EpochScheduler(optimizer), functions_(lr_lambda.For(GroupCount(optimizer))) {
  Begin();
}

void MultiplicativeLR::VisitState(StateFields& fields) {
  EpochScheduler::VisitState(fields);
  VisitFunctions(fields, functions_.size());
}

std::vector<double> MultiplicativeLR::NextLr() {
  std::vector<double> rates = GroupLr();
  if (is_initial_) return rates;
  RequireGroups(optimizer(), functions_.size());
  for (std::size_t i = 0; i < rates.size(); ++i) rates[i] = rates[i] * functions_[i](last_epoch_);
  return rates;
}

}  // namespace statestone::optim
