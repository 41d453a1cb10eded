#include "statestone/schedulers/composite.h"

#include <algorithm>
#include <utility>

#include "statestone/error.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

using Schedulers = std::vector<std::shared_ptr<LRScheduler>>;

torch::optim::Optimizer& OptimizerOf(const Schedulers& schedulers) {
  if (schedulers.empty() || schedulers.front() == nullptr) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "ChainedScheduler needs schedulers"});
  }
  return schedulers.front()->optimizer();
}

void RequireSchedulersOf(const torch::optim::Optimizer& optimizer, const Schedulers& schedulers) {
  for (std::size_t i = 0; i < schedulers.size(); ++i) {
    if (schedulers[i] != nullptr && &schedulers[i]->optimizer() == &optimizer) continue;
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "scheduler " + std::to_string(i) + " belongs to another optimizer",
                 .expected = "schedulers of one optimizer",
                 .found = schedulers[i] == nullptr ? "a null pointer" : ""});
  }
  if (!schedulers.empty()) return;
  throw Error(ErrorCode::kInvalidArgument, {.problem = "SequentialLR needs schedulers"});
}

}  // namespace

CompositeScheduler::CompositeScheduler(torch::optim::Optimizer& optimizer, Schedulers schedulers)
    : LRScheduler(optimizer), schedulers_(std::move(schedulers)) {
  RequireSchedulersOf(optimizer, schedulers_);
}

void CompositeScheduler::VisitOwnStep(StateFields& fields) {
  fields.OptionalField("_step_count", step_count_);
  fields.OptionalField("_is_initial", is_initial_);
}

void CompositeScheduler::TakeBackOneStep() {
  for (const auto& scheduler : schedulers_) scheduler->TakeBackOneStep();
}

void CompositeScheduler::StepFirst() {
  step_count_ = 0;
  is_initial_ = false;
  Step();
}

// SequentialLR takes no composite that would have to.
void CompositeScheduler::StartOver() {}

SequentialLR::SequentialLR(torch::optim::Optimizer& optimizer, Schedulers schedulers,
                           std::vector<std::int64_t> milestones)
    : CompositeScheduler(optimizer, std::move(schedulers)), milestones_(std::move(milestones)) {
  if (milestones_.size() + 1 != schedulers_.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "SequentialLR needs one milestone less than schedulers",
                 .expected = std::to_string(schedulers_.size() - 1) + " milestones",
                 .found = std::to_string(milestones_.size())});
  }
  const std::size_t first = IndexOf(0);
  for (std::size_t i = 0; i < schedulers_.size(); ++i) {
    if (i == first || schedulers_[i]->CanStartOver()) continue;
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "scheduler " + std::to_string(i) + " cannot start at a milestone",
                 .found = "a " + std::string(schedulers_[i]->TypeName()),
                 .advice = "put it first, or give its parts to this SequentialLR"});
  }
  std::vector<double> rates;
  for (std::size_t i = 0; i < GroupCount(optimizer); ++i) {
    rates.push_back(RequiredGroupNumber(optimizer, i, "initial_lr"));
  }
  SetLearningRates(optimizer, rates);
  TakeBackOneStep();
  schedulers_[first]->StepFirst();
  KeepLastLr();
}

void SequentialLR::VisitState(StateFields& fields) {
  fields.Field("_milestones", milestones_, "one milestone less than schedulers",
               [this](const auto& list) { return list.size() + 1 == schedulers_.size(); });
  fields.Field("last_epoch", last_epoch_);
  fields.FieldOfGroups("_last_lr", last_lr_);
  VisitOwnStep(fields);
  fields.Parts("_schedulers", schedulers_);
}

// The number of milestones that are not after `epoch`.
std::size_t SequentialLR::IndexOf(std::int64_t epoch) const {
  const auto after = std::upper_bound(milestones_.begin(), milestones_.end(), epoch);
  return static_cast<std::size_t>(after - milestones_.begin());
}

void SequentialLR::Step() {
  const std::int64_t epoch = last_epoch_ + 1;
  const std::size_t index = IndexOf(epoch);
  LRScheduler& scheduler = *schedulers_[index];
  if (index > 0 && milestones_[index - 1] == epoch) {
    scheduler.StartOver();
  } else {
    scheduler.Step();
  }
  last_epoch_ = epoch;
  KeepLastLr();
}

ChainedScheduler::ChainedScheduler(Schedulers schedulers)
    : CompositeScheduler(OptimizerOf(schedulers), schedulers) {
  KeepLastLr();
}

void ChainedScheduler::VisitState(StateFields& fields) {
  fields.FieldOfGroups("_last_lr", last_lr_);
  VisitOwnStep(fields);
  fields.Parts("_schedulers", schedulers_);
}

void ChainedScheduler::Step() {
  for (const auto& scheduler : schedulers_) scheduler->Step();
  KeepLastLr();
}

}  // namespace statestone::optim
