// A learning rate that rises and falls again and again, and momentum the other way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/schedulers/per_group.h"
#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

struct CyclicLROptions {
  Number step_size_up = 2000;
  std::optional<Number> step_size_down = std::nullopt;  ///< as long as up if not given
  std::string mode = "triangular";                      ///< or "triangular2", "exp_range"
  Number gamma = 1.0;
  /// Instead of `mode`: the factor for a cycle, from 1 on, or for a step.
  std::function<double(double)> scale_fn = {};
  std::string scale_mode = "cycle";  ///< or "iterations": what `scale_fn` is called with
  bool cycle_momentum = true;
  PerGroup base_momentum = 0.8;
  PerGroup max_momentum = 0.9;
};

/// Between `base_lr` and `max_lr` in triangles; momentum (beta1 of Adam) the other way. A
/// `scale_fn` is not part of the state: it is given again on load.
class CyclicLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument: no such mode, `cycle_momentum` with an optimizer that has no
  ///     momentum, lists that do not have one number for each group, cycles of length 0
  CyclicLR(torch::optim::Optimizer& optimizer, const PerGroup& base_lr, const PerGroup& max_lr,
           CyclicLROptions options = {});

  std::string_view TypeName() const noexcept override { return "CyclicLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  double Scale(double x) const;

  std::vector<Number> max_lrs_;
  Number total_size_;
  Number step_ratio_;
  std::string mode_;
  Number gamma_;
  std::string scale_mode_;
  bool cycle_momentum_;
  bool use_beta1_ = false;
  std::vector<Number> base_momentums_;
  std::vector<Number> max_momentums_;
  std::function<double(double)> scale_fn_;
};

}  // namespace statestone::optim
