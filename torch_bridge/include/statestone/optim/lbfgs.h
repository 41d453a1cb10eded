// L-BFGS that gives the bits of Python's.
#pragma once

#include <torch/optim/lbfgs.h>

#include <vector>

namespace statestone::optim {

/// torch::optim::LBFGS whose step() follows Python's torch.optim.LBFGS. The base class computes
/// step lengths in double where Python has tensors: bits differ where the learning rate is no power
/// of two, and in bf16. Not thread-safe.
class LBFGS : public torch::optim::LBFGS {
 public:
  using torch::optim::LBFGS::LBFGS;

  /// Returns what `closure` returned first; it runs with gradients enabled, several times.
  /// \throws Error invalid_argument: no closure, an unknown line search, a state of a longer
  ///     history than history_size; what torch throws for numbers that the parameters' element
  ///     type cannot hold
  torch::Tensor step(LossClosure closure) override;
};

}  // namespace statestone::optim
