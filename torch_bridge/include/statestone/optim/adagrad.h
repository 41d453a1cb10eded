// Adagrad that gives the bits of Python's.
#pragma once

#include <torch/optim/adagrad.h>

namespace statestone::optim {

/// torch::optim::Adagrad whose step() follows the formula of Python's torch.optim.Adagrad
/// (foreach=False), for dense and sparse gradients of real parameters and dense ones of complex.
/// Not thread-safe.
class Adagrad : public torch::optim::Adagrad {
 public:
  explicit Adagrad(const std::vector<torch::optim::OptimizerParamGroup>& param_groups,
                   torch::optim::AdagradOptions defaults = {});
  explicit Adagrad(std::vector<torch::Tensor> params, torch::optim::AdagradOptions defaults = {});

  /// Returns what `closure` returned, which runs with gradients enabled; undefined without one.
  /// \throws Error invalid_argument before anything has changed (weight decay together with a
  ///     sparse gradient)
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace statestone::optim
