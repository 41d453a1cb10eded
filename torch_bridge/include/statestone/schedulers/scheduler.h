// What all schedulers of learning rates have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "statestone/schedulers/number.h"
#include "statestone/value.h"

namespace torch::optim {
class Optimizer;
}

namespace statestone::optim {

class StateFields;

/// Sets the learning rates of an optimizer's groups as the Python scheduler of the same name does,
/// in double, to the last bit, and has the same state. It keeps a reference to the optimizer, which
/// must live as long. Any torch::optim::Optimizer will do; see GroupExtras for what is kept in its
/// groups. Not thread-safe. Where a member throws, nothing has changed, but for the steps of the
/// parts of a SequentialLR or ChainedScheduler.
class Scheduler {
 public:
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  /// The name of the class in Python: "StepLR".
  virtual std::string_view TypeName() const noexcept = 0;

  /// What `scheduler.state_dict()` of Python's torch 2.13 gives at this step: a map with the same
  /// keys in the same order, and values of the same kinds.
  Value StateDict() const;

  /// Takes over such a map, from here or from Python, parameters of the schedule included. The
  /// learning rates of the optimizer stay as they are, as in Python: they belong to its own state.
  /// \throws Error mismatch that names the key: one is missing, unknown or there twice, a value is
  ///     of the wrong kind or not possible, a list does not have one item for each group
  void LoadStateDict(const Value& state);

  /// The learning rates of the groups as this scheduler left them.
  std::vector<double> LastLr() const;

  torch::optim::Optimizer& optimizer() const noexcept { return optimizer_; }

 protected:
  explicit Scheduler(torch::optim::Optimizer& optimizer) : optimizer_(optimizer) {}

  /// Names every field of the state, in Python's order. Called for a const scheduler too: fields
  /// are then only read.
  virtual void VisitState(StateFields& fields) = 0;
  void KeepLastLr();

  std::vector<Number> last_lr_;

 private:
  friend class StateFields;
  torch::optim::Optimizer& optimizer_;
};

/// A scheduler that needs nothing but the number of its step: all but ReduceLROnPlateau.
class LRScheduler : public Scheduler {
 public:
  /// To be called after the optimizer's step(), mostly once an epoch. Construction has set the
  /// learning rates of the first epoch already.
  virtual void Step() = 0;

 protected:
  using Scheduler::Scheduler;

 private:
  friend class CompositeScheduler;
  friend class SequentialLR;
  // What SequentialLR does with its parts: it takes back the step of their construction, has the
  // first one start again, and starts each other one when its turn comes.
  virtual void TakeBackOneStep() = 0;
  virtual void StepFirst() = 0;
  virtual void StartOver() = 0;
  virtual bool CanStartOver() const noexcept { return true; }
};

/// A scheduler whose learning rates follow from the count of its steps.
class EpochScheduler : public LRScheduler {
 public:
  void Step() override;

  /// Steps since construction; -1 before.
  std::int64_t last_epoch() const noexcept { return last_epoch_; }

 protected:
  using LRScheduler::LRScheduler;

  /// \throws Error invalid_argument for arguments of the constructor that no state may have
  void CheckArguments();
  /// The last thing that a constructor does: checks, remembers the learning rates of the groups as
  /// `initial_lr` where no other scheduler has yet, and takes the first step.
  void Begin();

  void VisitState(StateFields& fields) override;

  /// The learning rates of `last_epoch_`, mostly from those the groups have now.
  virtual std::vector<double> NextLr() = 0;
  /// The same from `base_lrs_`, where there is such a formula: another rounding.
  virtual std::optional<std::vector<double>> ClosedFormLr() const { return std::nullopt; }

  void SetLr(const std::vector<double>& rates);
  std::vector<double> GroupLr() const;
  /// \throws Error invalid_argument if groups were added since construction
  std::vector<double> BaseLr() const;
  /// The groups' learning rates, each times `factor`.
  std::vector<double> ScaledGroupLr(double factor) const;
  std::vector<double> ScaledBaseLr(double factor) const;

  std::vector<Number> base_lrs_;
  std::int64_t last_epoch_ = -1;
  std::int64_t step_count_ = 0;
  bool is_initial_ = false;  ///< in the step that construction takes

 private:
  void TakeBackOneStep() override { --last_epoch_; }
  void StepFirst() override;
  void StartOver() override;

  bool get_lr_called_within_step_ = false;
};

}  // namespace statestone::optim
