// Schedulers made of schedulers of one optimizer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

/// What SequentialLR and ChainedScheduler share.
class CompositeScheduler : public LRScheduler {
 protected:
  /// \throws Error invalid_argument: none, a null one, or one of another optimizer
  CompositeScheduler(torch::optim::Optimizer& optimizer,
                     std::vector<std::shared_ptr<LRScheduler>> schedulers);

  void VisitOwnStep(StateFields& fields);
  void TakeBackOneStep() override;
  void StepFirst() override;
  void StartOver() override;
  bool CanStartOver() const noexcept override { return false; }

  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
  // Of the first part of a SequentialLR only: its first step leaves them there.
  std::optional<std::int64_t> step_count_;
  std::optional<bool> is_initial_;
};

/// One scheduler after another; the next one starts at its milestone.
class SequentialLR : public CompositeScheduler {
 public:
  /// \throws Error invalid_argument: other than one milestone less than schedulers; a scheduler of
  ///     another optimizer; a SequentialLR or ChainedScheduler that is not the first to run, since
  ///     neither can start over
  SequentialLR(torch::optim::Optimizer& optimizer,
               std::vector<std::shared_ptr<LRScheduler>> schedulers,
               std::vector<std::int64_t> milestones);

  std::string_view TypeName() const noexcept override { return "SequentialLR"; }

  void Step() override;

 private:
  void VisitState(StateFields& fields) override;
  std::size_t IndexOf(std::int64_t epoch) const;

  std::vector<std::int64_t> milestones_;
  std::int64_t last_epoch_ = 0;
};

/// All of them at every step.
class ChainedScheduler : public CompositeScheduler {
 public:
  /// \throws Error invalid_argument: none, or one of another optimizer
  explicit ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers);

  std::string_view TypeName() const noexcept override { return "ChainedScheduler"; }

  void Step() override;

 private:
  void VisitState(StateFields& fields) override;
};

}  // namespace statestone::optim
