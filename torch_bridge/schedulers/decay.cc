#include "statestone/schedulers/decay.h"

#include <algorithm>
#include <cmath>

#include "torch_bridge/schedulers/arithmetic.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

bool IsFraction(const Number& number) { return number >= 0 && number <= 1; }

}  // namespace

StepLR::StepLR(torch::optim::Optimizer& optimizer, std::int64_t step_size, Number gamma)
    : EpochScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  Begin();
}

void StepLR::VisitState(StateFields& fields) {
  fields.Field("step_size", step_size_, "not 0", [](std::int64_t size) { return size != 0; });
  fields.Field("gamma", gamma_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> StepLR::NextLr() {
  if (last_epoch_ == 0 || last_epoch_ % step_size_ != 0) return GroupLr();
  return ScaledGroupLr(gamma_);
}

std::optional<std::vector<double>> StepLR::ClosedFormLr() const {
  const double steps =
      std::floor(static_cast<double>(last_epoch_) / static_cast<double>(step_size_));
  return ScaledBaseLr(Power(gamma_, steps));
}

MultiStepLR::MultiStepLR(torch::optim::Optimizer& optimizer,
                         const std::vector<std::int64_t>& milestones, Number gamma)
    : EpochScheduler(optimizer), gamma_(gamma) {
  for (const std::int64_t milestone : milestones) {
    const auto found = std::find_if(milestones_.begin(), milestones_.end(),
                                    [&](const auto& pair) { return pair.first == milestone; });
    if (found == milestones_.end()) {
      milestones_.emplace_back(milestone, 1);
    } else {
      ++found->second;
    }
  }
  Begin();
}

void MultiStepLR::VisitState(StateFields& fields) {
  fields.Field("milestones", milestones_);
  fields.Field("gamma", gamma_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> MultiStepLR::NextLr() {
  for (const auto& [milestone, count] : milestones_) {
    if (milestone == last_epoch_) return ScaledGroupLr(Power(gamma_, static_cast<double>(count)));
  }
  return GroupLr();
}

std::optional<std::vector<double>> MultiStepLR::ClosedFormLr() const {
  double passed = 0;
  for (const auto& [milestone, count] : milestones_) {
    if (milestone <= last_epoch_) passed += static_cast<double>(std::max<std::int64_t>(count, 0));
  }
  return ScaledBaseLr(Power(gamma_, passed));
}

ConstantLR::ConstantLR(torch::optim::Optimizer& optimizer, Number factor, Number total_iters)
    : EpochScheduler(optimizer), factor_(factor), total_iters_(total_iters) {
  Begin();
}

void ConstantLR::VisitState(StateFields& fields) {
  fields.Field("factor", factor_, "between 0 and 1", IsFraction);
  fields.Field("total_iters", total_iters_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> ConstantLR::NextLr() {
  if (last_epoch_ == 0) return ScaledGroupLr(factor_);
  if (static_cast<double>(last_epoch_) != total_iters_) return GroupLr();
  return ScaledGroupLr(Quotient(1.0, factor_));
}

std::optional<std::vector<double>> ConstantLR::ClosedFormLr() const {
  const double after = static_cast<double>(last_epoch_) >= total_iters_ ? 1 : 0;
  return ScaledBaseLr(factor_ + after * (1 - factor_));
}

LinearLR::LinearLR(torch::optim::Optimizer& optimizer, Number start_factor, Number end_factor,
                   Number total_iters)
    : EpochScheduler(optimizer),
      start_factor_(start_factor),
      end_factor_(end_factor),
      total_iters_(total_iters) {
  Begin();
}

void LinearLR::VisitState(StateFields& fields) {
  fields.Field("start_factor", start_factor_, "more than 0, at most 1",
               [](const Number& factor) { return factor > 0 && factor <= 1; });
  fields.Field("end_factor", end_factor_, "between 0 and 1", IsFraction);
  fields.Field("total_iters", total_iters_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> LinearLR::NextLr() {
  const auto epoch = static_cast<double>(last_epoch_);
  if (last_epoch_ == 0) return ScaledGroupLr(start_factor_);
  if (is_initial_ || epoch > total_iters_) return GroupLr();
  const double rise = end_factor_ - start_factor_;
  return ScaledGroupLr(1.0 + Quotient(rise, total_iters_ * start_factor_ + (epoch - 1) * rise));
}

std::optional<std::vector<double>> LinearLR::ClosedFormLr() const {
  const double epoch = std::min<double>(total_iters_, static_cast<double>(last_epoch_));
  return ScaledBaseLr(start_factor_ +
                      Quotient((end_factor_ - start_factor_) * epoch, total_iters_));
}

ExponentialLR::ExponentialLR(torch::optim::Optimizer& optimizer, Number gamma)
    : EpochScheduler(optimizer), gamma_(gamma) {
  Begin();
}

void ExponentialLR::VisitState(StateFields& fields) {
  fields.Field("gamma", gamma_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> ExponentialLR::NextLr() {
  return is_initial_ ? GroupLr() : ScaledGroupLr(gamma_);
}

std::optional<std::vector<double>> ExponentialLR::ClosedFormLr() const {
  return ScaledBaseLr(Power(gamma_, static_cast<double>(last_epoch_)));
}

PolynomialLR::PolynomialLR(torch::optim::Optimizer& optimizer, Number total_iters, Number power)
    : EpochScheduler(optimizer), total_iters_(total_iters), power_(power) {
  Begin();
}

void PolynomialLR::VisitState(StateFields& fields) {
  fields.Field("total_iters", total_iters_);
  fields.Field("power", power_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> PolynomialLR::NextLr() {
  const auto epoch = static_cast<double>(last_epoch_);
  if (is_initial_ || epoch > total_iters_) return GroupLr();
  const double left = 1.0 - Quotient(epoch, total_iters_);
  const double left_before = 1.0 - Quotient(epoch - 1, total_iters_);
  return ScaledGroupLr(Power(Quotient(left, left_before), power_));
}

std::optional<std::vector<double>> PolynomialLR::ClosedFormLr() const {
  const double epoch = std::min<double>(total_iters_, static_cast<double>(last_epoch_));
  return ScaledBaseLr(Power(1.0 - Quotient(epoch, total_iters_), power_));
}

}  // namespace statestone::optim
