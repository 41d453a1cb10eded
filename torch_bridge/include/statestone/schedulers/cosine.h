// Schedulers that follow a cosine.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

/// Down to `eta_min` in `t_max` epochs and up again in as many, each rate from the one before.
class CosineAnnealingLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument if `t_max` is 0
  CosineAnnealingLR(torch::optim::Optimizer& optimizer, Number t_max, Number eta_min = 0.0);

  std::string_view TypeName() const noexcept override { return "CosineAnnealingLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;
  std::vector<double> FromBase() const;

  Number t_max_;
  Number eta_min_;
};

/// Down to `eta_min` in `t_0` epochs, then from the start again, each time `t_mult` as long.
class CosineAnnealingWarmRestarts : public EpochScheduler {
 public:
  /// \throws Error invalid_argument if `t_0` or `t_mult` is less than 1
  CosineAnnealingWarmRestarts(torch::optim::Optimizer& optimizer, std::int64_t t_0,
                              std::int64_t t_mult = 1, Number eta_min = 0.0);

  std::string_view TypeName() const noexcept override { return "CosineAnnealingWarmRestarts"; }

  /// \throws Error limit if a period would be longer than 2^53 epochs
  void Step() override;
  /// To this epoch; within one for a fraction, such as epoch + batch / batches.
  /// \throws Error invalid_argument if it is negative or not finite; limit as above
  void StepTo(Number epoch);

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  void MoveTo(std::int64_t epoch, Number within_period, std::int64_t period);

  std::int64_t t_0_;
  std::int64_t t_i_;
  std::int64_t t_mult_;
  Number eta_min_;
  Number t_cur_ = -1;
};

}  // namespace statestone::optim
