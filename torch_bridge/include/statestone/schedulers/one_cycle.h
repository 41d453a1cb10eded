// A learning rate that rises and falls once, and momentum the other way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/schedulers/per_group.h"
#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

struct OneCycleLROptions {
  std::int64_t total_steps = 0;  ///< has to be given: the epochs, or the batches of all epochs
  double pct_start = 0.3;        ///< part of the steps in which the rate rises
  std::string anneal_strategy = "cos";  ///< or "linear"
  bool cycle_momentum = true;
  PerGroup base_momentum = 0.85;
  PerGroup max_momentum = 0.95;
  Number div_factor = 25.0;       ///< the first rate is max_lr / div_factor
  Number final_div_factor = 1e4;  ///< the last one is the first one / final_div_factor
  bool three_phase = false;
};

/// Up to `max_lr` and down to almost nothing, once; momentum (beta1 of Adam) the other way. The
/// ends are kept in the groups (GroupExtras). Step() throws Error invalid_argument beyond
/// `total_steps`, and if the groups have lost the ends.
class OneCycleLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument: options out of range, `cycle_momentum` with an optimizer that
  ///     has no momentum, lists that do not have one number for each group, phases of length 0
  OneCycleLR(torch::optim::Optimizer& optimizer, const PerGroup& max_lr, OneCycleLROptions options);

  std::string_view TypeName() const noexcept override { return "OneCycleLR"; }

  struct Phase {
    Number end_step;
    std::string start_lr;  ///< by the name of the group's number
    std::string end_lr;
    std::string start_momentum;
    std::string end_momentum;
  };

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  double Anneal(double start, double end, double part) const;

  std::int64_t total_steps_;
  std::vector<Phase> phases_;
  std::string anneal_strategy_;
  bool cycle_momentum_;
  bool use_beta1_ = false;
};

}  // namespace statestone::optim
