// A scheduler that looks at how training goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/schedulers/per_group.h"
#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

struct ReduceLROnPlateauOptions {
  std::string mode = "min";  ///< or "max": what is better
  Number factor = 0.1;
  std::int64_t patience = 10;  ///< epochs without improvement that are borne
  Number threshold = 1e-4;
  std::string threshold_mode = "rel";  ///< or "abs"
  std::int64_t cooldown = 0;           ///< epochs that do not count after a reduction
  PerGroup min_lr = 0;
  Number eps = 1e-8;  ///< smaller reductions are not made
};

/// Times `factor` when a metric has stopped improving.
class ReduceLROnPlateau : public Scheduler {
 public:
  /// \throws Error invalid_argument: a factor of 1 or more, no such mode, a list of min_lr that
  ///     does not have one number for each group
  explicit ReduceLROnPlateau(torch::optim::Optimizer& optimizer,
                             ReduceLROnPlateauOptions options = {});

  std::string_view TypeName() const noexcept override { return "ReduceLROnPlateau"; }

  /// To be called with the metric of each epoch, such as the loss of validation.
  /// \throws Error invalid_argument if groups were added after a list of min_lr was given
  void Step(double metric);

 private:
  void VisitState(StateFields& fields) override;
  bool IsBetter(double metric) const;
  void Reduce();

  Number factor_;
  std::optional<Number> default_min_lr_;
  std::vector<Number> min_lrs_;
  std::int64_t patience_;
  std::int64_t cooldown_;
  Number eps_;
  std::int64_t last_epoch_ = 0;
  std::string mode_;
  Number threshold_;
  std::string threshold_mode_;
  Number best_;
  std::int64_t cooldown_counter_ = 0;
  std::int64_t num_bad_epochs_ = 0;
};

}  // namespace statestone::optim
