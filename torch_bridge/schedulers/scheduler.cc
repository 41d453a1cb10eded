#include "statestone/schedulers/scheduler.h"

#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {

Value Scheduler::StateDict() const {
  // Fields are named once, for reading and for writing; here they are only read.
  return StateFields::Write(const_cast<Scheduler&>(*this));
}

void Scheduler::LoadStateDict(const Value& state) { StateFields::Load(*this, state); }

std::vector<double> Scheduler::LastLr() const { return {last_lr_.begin(), last_lr_.end()}; }

void Scheduler::KeepLastLr() {
  const std::vector<double> rates = LearningRates(optimizer_);
  last_lr_.assign(rates.begin(), rates.end());
}

void EpochScheduler::CheckArguments() {
  KeepLastLr();
  base_lrs_ = last_lr_;
  StateFields::CheckOwn(*this);
}

void EpochScheduler::Begin() {
  CheckArguments();
  for (std::size_t i = 0; i < base_lrs_.size(); ++i) {
    std::optional<double>& initial = GroupNumber(optimizer(), i, "initial_lr");
    if (!initial) initial = base_lrs_[i];
    base_lrs_[i] = *initial;
  }
  StepFirst();
}

void EpochScheduler::VisitState(StateFields& fields) {
  fields.FieldOfGroups("base_lrs", base_lrs_);
  fields.Field("last_epoch", last_epoch_);
  fields.Field("_step_count", step_count_);
  fields.Field("_is_initial", is_initial_);
  fields.Field("_get_lr_called_within_step", get_lr_called_within_step_);
  fields.FieldOfGroups("_last_lr", last_lr_);
}

void EpochScheduler::Step() {
  ++step_count_;
  ++last_epoch_;
  try {
    SetLr(NextLr());
  } catch (...) {
    --step_count_;
    --last_epoch_;
    throw;
  }
}

void EpochScheduler::StepFirst() {
  step_count_ = 0;
  is_initial_ = true;
  Step();
  is_initial_ = false;
}

void EpochScheduler::StartOver() {
  const std::int64_t before = last_epoch_;
  last_epoch_ = 0;
  try {
    const auto closed_form = ClosedFormLr();
    SetLr(closed_form ? *closed_form : NextLr());
  } catch (...) {
    last_epoch_ = before;
    throw;
  }
}

void EpochScheduler::SetLr(const std::vector<double>& rates) {
  SetLearningRates(optimizer(), rates);
  KeepLastLr();
}

std::vector<double> EpochScheduler::GroupLr() const { return LearningRates(optimizer()); }

std::vector<double> EpochScheduler::ScaledGroupLr(double factor) const {
  std::vector<double> rates = GroupLr();
  for (double& rate : rates) rate = rate * factor;
  return rates;
}

std::vector<double> EpochScheduler::BaseLr() const {
  RequireGroups(optimizer(), base_lrs_.size());
  return {base_lrs_.begin(), base_lrs_.end()};
}

std::vector<double> EpochScheduler::ScaledBaseLr(double factor) const {
  std::vector<double> rates = BaseLr();
  for (double& rate : rates) rate = rate * factor;
  return rates;
}

}  // namespace statestone::optim
