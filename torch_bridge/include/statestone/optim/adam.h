// Adam and AdamW that give the bits of Python's.
#pragma once

#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

namespace statestone::optim {

/// torch::optim::Adam whose step() follows the formula of Python's torch.optim.Adam (one tensor
/// after another, foreach=False), so that the same parameters, gradients, state and options give
/// the same bits in both languages on the CPU. Options, state and archives are those of the base
/// class. Parameters may be real or complex; moments may be wider than the parameters (fp32 moments
/// of bf16 parameters) if the gradients are as wide as the moments.
///
/// Not thread-safe. Cost of a step: seven operations on tensors of each parameter's size (one more
/// for weight decay, one for amsgrad), and two such tensors of temporary memory (three with decay).
class Adam : public torch::optim::Adam {
 public:
  using torch::optim::Adam::Adam;

  /// Returns what `closure` returned, which runs with gradients enabled; undefined without one.
  /// \throws Error invalid_argument before anything has changed (a sparse gradient), or at the
  ///     parameter in question (amsgrad switched on after its first step); what torch throws for
  ///     element types that do not go together
  torch::Tensor step(LossClosure closure = nullptr) override;
};

/// The same for torch.optim.AdamW: weight decay scales the parameters and stays out of the moments.
class AdamW : public torch::optim::AdamW {
 public:
  using torch::optim::AdamW::AdamW;

  /// As Adam::step().
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace statestone::optim
