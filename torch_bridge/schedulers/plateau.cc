#include "statestone/schedulers/plateau.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "statestone/error.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

double WorstOf(const std::string& mode) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return mode == "min" ? infinity : -infinity;
}

}  // namespace

ReduceLROnPlateau::ReduceLROnPlateau(torch::optim::Optimizer& optimizer,
                                     ReduceLROnPlateauOptions options)
    : Scheduler(optimizer),
      factor_(options.factor),
      default_min_lr_(options.min_lr.ForAll()),
      min_lrs_(options.min_lr.For(GroupCount(optimizer), "min_lr")),
      patience_(options.patience),
      cooldown_(options.cooldown),
      eps_(options.eps),
      mode_(std::move(options.mode)),
      threshold_(options.threshold),
      threshold_mode_(std::move(options.threshold_mode)),
      best_(WorstOf(mode_)) {
  KeepLastLr();
  StateFields::CheckOwn(*this);
}

void ReduceLROnPlateau::VisitState(StateFields& fields) {
  fields.Field("factor", factor_, "less than 1", [](const Number& factor) { return factor < 1; });
  fields.Field("default_min_lr", default_min_lr_);
  fields.Field("min_lrs", min_lrs_);
  fields.Field("patience", patience_);
  fields.Field("cooldown", cooldown_);
  fields.Field("eps", eps_);
  fields.Field("last_epoch", last_epoch_);
  fields.FieldOfGroups("_last_lr", last_lr_);
  Number mode_worse = WorstOf(mode_);  // follows from the mode, in Python on load too
  fields.Field("mode_worse", mode_worse);
  fields.Field("mode", mode_, "min or max",
               [](const std::string& mode) { return mode == "min" || mode == "max"; });
  fields.Field("threshold", threshold_);
  fields.Field("threshold_mode", threshold_mode_, "rel or abs",
               [](const std::string& mode) { return mode == "rel" || mode == "abs"; });
  fields.Field("best", best_);
  fields.Field("cooldown_counter", cooldown_counter_);
  fields.Field("num_bad_epochs", num_bad_epochs_);
}

bool ReduceLROnPlateau::IsBetter(double metric) const {
  if (mode_ == "min") {
    if (threshold_mode_ == "rel") return metric < best_ * (1.0 - threshold_);
    return metric < best_ - threshold_;
  }
  if (threshold_mode_ == "rel") return metric > best_ * (threshold_ + 1.0);
  return metric > best_ + threshold_;
}

void ReduceLROnPlateau::Step(double metric) {
  const bool better = IsBetter(metric);
  std::int64_t bad_epochs = better ? 0 : num_bad_epochs_ + 1;
  std::int64_t cooling = cooldown_counter_;
  if (cooling > 0) {
    --cooling;
    bad_epochs = 0;
  }
  if (bad_epochs > patience_) {
    Reduce();
    cooling = cooldown_;
    bad_epochs = 0;
  }
  ++last_epoch_;
  if (better) best_ = metric;
  num_bad_epochs_ = bad_epochs;
  cooldown_counter_ = cooling;
  KeepLastLr();
}

void ReduceLROnPlateau::Reduce() {
  std::vector<double> rates = LearningRates(optimizer());
  if (rates.size() != min_lrs_.size()) {
    if (!default_min_lr_) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = "the optimizer has other parameter groups than ReduceLROnPlateau",
                   .expected = std::to_string(min_lrs_.size()) + " groups, as min_lr",
                   .found = std::to_string(rates.size()) + " groups"});
    }
    min_lrs_.assign(rates.size(), *default_min_lr_);
  }
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double reduced = std::max<double>(rates[i] * factor_, min_lrs_[i]);
    if (rates[i] - reduced > eps_) rates[i] = reduced;
  }
  SetLearningRates(optimizer(), rates);
}

}  // namespace statestone::optim
