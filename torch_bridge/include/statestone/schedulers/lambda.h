// Schedulers whose factors the caller computes.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/schedulers/scheduler.h"

namespace statestone::optim {

/// A factor for each epoch, from 0 on; or such a function for each group.
class LrLambdas {
 public:
  using Function = std::function<double(std::int64_t)>;

  template <std::invocable<std::int64_t> F>
  LrLambdas(F function)  // NOLINT(google-explicit-constructor)
      : functions_{Function(std::move(function))} {}
  LrLambdas(std::vector<Function> functions)  // NOLINT(google-explicit-constructor)
      : functions_(std::move(functions)), for_each_(true) {}

  /// \throws Error invalid_argument if there is not one for each group, or an empty one
  std::vector<Function> For(std::size_t groups) const;

 private:
  std::vector<Function> functions_;
  bool for_each_ = false;
};

/// The initial learning rate times the function of the epoch. Functions are not part of the state,
/// as those of Python are not: they are given again on load.
class LambdaLR : public EpochScheduler {
 public:
  /// \throws Error invalid_argument as LrLambdas::For; what a function throws passes through
  LambdaLR(torch::optim::Optimizer& optimizer, const LrLambdas& lr_lambda);

  std::string_view TypeName() const noexcept override { return "LambdaLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;

  std::vector<LrLambdas::Function> functions_;
};

/// The learning rate of the epoch before times the function of the epoch.
class MultiplicativeLR : public EpochScheduler {
 public:
  /// As LambdaLR.
  MultiplicativeLR(torch::optim::Optimizer& optimizer, const LrLambdas& lr_lambda);

  std::string_view TypeName() const noexcept override { return "MultiplicativeLR"; }

 private:
  void VisitState(StateFields& fields) override;
  std::vector<double> NextLr() override;

  std::vector<LrLambdas::Function> functions_;
};

}  // namespace statestone::optim
