// SGD that gives the bits of Python's.
#pragma once

#include <torch/optim/sgd.h>

namespace statestone::optim {

/// torch::optim::SGD whose step() follows the formula of Python's torch.optim.SGD (foreach=False).
/// It differs from the base class where momentum meets parameters of less than 32 bits. Sparse
/// gradients are taken as torch takes them. Not thread-safe.
class SGD : public torch::optim::SGD {
 public:
  using torch::optim::SGD::SGD;

  /// Returns what `closure` returned, which runs with gradients enabled; undefined without one.
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace statestone::optim
