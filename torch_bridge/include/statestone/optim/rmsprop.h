// RMSprop that gives the bits of Python's.
#pragma once

#include <torch/optim/rmsprop.h>

namespace statestone::optim {

/// torch::optim::RMSprop whose step() follows the formula of Python's torch.optim.RMSprop
/// (foreach=False). Parameters may be real or complex. Not thread-safe.
class RMSprop : public torch::optim::RMSprop {
 public:
  using torch::optim::RMSprop::RMSprop;

  /// Returns what `closure` returned, which runs with gradients enabled; undefined without one.
  /// \throws Error invalid_argument before anything has changed (a sparse gradient), or at the
  ///     parameter in question (momentum or centered switched on after its first step)
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace statestone::optim
