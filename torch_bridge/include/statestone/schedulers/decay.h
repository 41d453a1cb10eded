// Schedulers that scale the learning rate by factors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

/// Times `gamma` every `step_size` epochs.
class StepLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument if `step_size` is 0
  StepLR(torch::optim::Optimizer& optimizer, std::int64_t step_size, Number gamma = 0.1);

  std::string_view TypeName() const noexcept override { return "StepLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  std::int64_t step_size_;
  Number gamma_;
};

/// Times `gamma` at each of the milestones; twice at one that is there twice.
class MultiStepLR : public EpochScheduler {
 public:
  MultiStepLR(torch::optim::Optimizer& optimizer, const std::vector<std::int64_t>& milestones,
              Number gamma = 0.1);

  std::string_view TypeName() const noexcept override { return "MultiStepLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  std::vector<std::pair<std::int64_t, std::int64_t>> milestones_;  // and how often each is there
  Number gamma_;
};

/// Times `factor` for the first `total_iters` epochs.
class ConstantLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument if `factor` is not within 0 and 1
  explicit ConstantLR(torch::optim::Optimizer& optimizer, Number factor = 1.0 / 3,
                      Number total_iters = 5);

  std::string_view TypeName() const noexcept override { return "ConstantLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  Number factor_;
  Number total_iters_;
};

/// Times a factor that moves from `start_factor` to `end_factor` within `total_iters` epochs.
class LinearLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument if `start_factor` is not within 0 (excluded) and 1, or
  ///     `end_factor` not within 0 and 1
  explicit LinearLR(torch::optim::Optimizer& optimizer, Number start_factor = 1.0 / 3,
                    Number end_factor = 1.0, Number total_iters = 5);

  std::string_view TypeName() const noexcept override { return "LinearLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  Number start_factor_;
  Number end_factor_;
  Number total_iters_;
};

/// Times `gamma` every epoch.
class ExponentialLR : public EpochScheduler {
 public:
  ExponentialLR(torch::optim::Optimizer& optimizer, Number gamma);

  std::string_view TypeName() const noexcept override { return "ExponentialLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  Number gamma_;
};

/// Down to 0 within `total_iters` epochs, along a polynomial of degree `power`.
class PolynomialLR : public EpochScheduler {
 public:
  explicit PolynomialLR(torch::optim::Optimizer& optimizer, Number total_iters = 5,
                        Number power = 1.0);

  std::string_view TypeName() const noexcept override { return "PolynomialLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;
  std::optional<std::vector<double>> ClosedFormLr() const override;

  Number total_iters_;
  Number power_;
};

}  // namespace statestone::optim
