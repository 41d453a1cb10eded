#include "statestone/schedulers/cosine.h"

#include <cmath>
#include <numbers>

#include "statestone/error.h"
#include "torch_bridge/schedulers/arithmetic.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

constexpr double pi = std::numbers::pi;

}  // namespace

CosineAnnealingLR::CosineAnnealingLR(torch::optim::Optimizer& optimizer, Number t_max,
                                     Number eta_min)
    : EpochScheduler(optimizer), t_max_(t_max), eta_min_(eta_min) {
  Begin();
}

void CosineAnnealingLR::VisitState(StateFields& fields) {
  fields.Field("T_max", t_max_, "not 0", [](const Number& t_max) { return t_max != 0; });
  fields.Field("eta_min", eta_min_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> CosineAnnealingLR::FromBase() const {
  const double cosine = Cosine(pi * static_cast<double>(last_epoch_) / t_max_);
  std::vector<double> rates = BaseLr();
  for (double& rate : rates) rate = eta_min_ + (rate - eta_min_) * (1 + cosine) / 2;
  return rates;
}

std::vector<double> CosineAnnealingLR::NextLr() {
  std::vector<double> rates = GroupLr();
  if (is_initial_) return rates;
  if (step_count_ == 1 && last_epoch_ > 0) return FromBase();
  const auto epoch = static_cast<double>(last_epoch_);
  // Out of the minimum the ratio of two cosines would be 0 / 0.
  if (std::fmod(epoch - 1 - t_max_, 2 * t_max_) == 0) {
    const std::vector<double> base = BaseLr();
    for (std::size_t i = 0; i < rates.size(); ++i) {
      rates[i] = rates[i] + (base[i] - eta_min_) * (1 - Cosine(pi / t_max_)) / 2;
    }
    return rates;
  }
  const double ratio =
      Quotient(1 + Cosine(pi * epoch / t_max_), 1 + Cosine(pi * (epoch - 1) / t_max_));
  for (double& rate : rates) rate = ratio * (rate - eta_min_) + eta_min_;
  return rates;
}

std::optional<std::vector<double>> CosineAnnealingLR::ClosedFormLr() const { return FromBase(); }

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(torch::optim::Optimizer& optimizer,
                                                         std::int64_t t_0, std::int64_t t_mult,
                                                         Number eta_min)
    : EpochScheduler(optimizer), t_0_(t_0), t_i_(t_0), t_mult_(t_mult), eta_min_(eta_min) {
  Begin();
}

void CosineAnnealingWarmRestarts::VisitState(StateFields& fields) {
  const auto positive = [](std::int64_t number) { return number >= 1; };
  fields.Field("T_0", t_0_, "at least 1", positive);
  fields.Field("T_i", t_i_, "at least 1", positive);
  fields.Field("T_mult", t_mult_, "at least 1", positive);
  fields.Field("eta_min", eta_min_);
  fields.Field("T_cur", t_cur_);
  EpochScheduler::VisitState(fields);
}

std::vector<double> CosineAnnealingWarmRestarts::NextLr() {
  const double cosine = Cosine(pi * t_cur_ / static_cast<double>(t_i_));
  std::vector<double> rates = BaseLr();
  for (double& rate : rates) rate = eta_min_ + (rate - eta_min_) * (1 + cosine) / 2;
  return rates;
}

namespace {

std::int64_t RequirePeriod(double length) {
  if (length <= static_cast<double>(greatest_int)) return static_cast<std::int64_t>(length);
  throw Error(ErrorCode::kLimit, {.problem = "a period of CosineAnnealingWarmRestarts is too long",
                                  .expected = "at most 2^53 epochs"});
}

// Stays an int if both are.
Number Remainder(const Number& number, std::int64_t divisor) {
  const double remainder = std::fmod(number, static_cast<double>(divisor));
  if (number.is_int()) return static_cast<std::int64_t>(remainder);
  return remainder;
}

}  // namespace

void CosineAnnealingWarmRestarts::MoveTo(std::int64_t epoch, Number within_period,
                                         std::int64_t period) {
  RequireGroups(optimizer(), base_lrs_.size());
  last_epoch_ = epoch;
  t_cur_ = within_period;
  t_i_ = period;
  SetLr(NextLr());
}

void CosineAnnealingWarmRestarts::Step() {
  if (last_epoch_ < 0) return StepTo(0);
  Number within =
      t_cur_.is_int() ? Number(static_cast<std::int64_t>(t_cur_) + 1) : Number(t_cur_ + 1);
  std::int64_t period = t_i_;
  if (within >= static_cast<double>(t_i_)) {
    within = Remainder(within, t_i_);
    period = RequirePeriod(static_cast<double>(t_i_) * static_cast<double>(t_mult_));
  }
  MoveTo(last_epoch_ + 1, within, period);
}

void CosineAnnealingWarmRestarts::StepTo(Number epoch) {
  if (!(epoch >= 0 && epoch <= static_cast<double>(greatest_int))) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "CosineAnnealingWarmRestarts cannot step to this epoch",
                 .expected = "a number from 0 to 2^53"});
  }
  const auto whole = static_cast<std::int64_t>(std::floor(epoch));
  const auto t_0 = static_cast<double>(t_0_);
  const auto t_mult = static_cast<double>(t_mult_);
  if (epoch < t_0) return MoveTo(whole, epoch, t_0_);
  if (t_mult_ == 1) return MoveTo(whole, Remainder(epoch, t_0_), t_i_);
  // Periods that have passed: the sum of their lengths is geometric.
  const double periods = std::floor(std::log(epoch / t_0 * (t_mult - 1) + 1) / std::log(t_mult));
  const double growth = std::pow(t_mult, periods);
  const double start = t_0 * (growth - 1) / (t_mult - 1);
  MoveTo(whole, epoch - start, RequirePeriod(t_0 * growth));
}

}  // namespace statestone::optim
