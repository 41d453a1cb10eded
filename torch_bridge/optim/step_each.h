// What the steps of all optimizers have in common.
#pragma once

#include <torch/optim/optimizer.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace statestone::optim {

/// The loss, evaluated with gradients enabled as Python does; undefined without a closure.
at::Tensor LossOf(const torch::optim::Optimizer::LossClosure& closure);

/// A scalar for `tensor.mul_(scalar)`. C++ rounds a plain double to the tensor's element type first
/// where Python multiplies in float: 0.9 is another number in bf16.
at::Tensor UnroundedScalar(double value);

/// A count of steps as Python has it: a float32, which stops counting at 2^24.
double StepOfPython(std::int64_t step);

/// \throws Error invalid_argument that names the optimizer if a gradient is sparse
void RequireDenseGradients(const torch::optim::Optimizer& optimizer, const char* name);

/// \throws Error invalid_argument: `slot` is not there because `option` was off at first
void RequireSlot(const at::Tensor& slot, const char* name, const char* option);

/// Calls `update(options, param, grad)` for every parameter that has a gradient, without recording
/// gradients itself.
template <typename Options, typename Update>
void StepEach(torch::optim::Optimizer& optimizer, Update update) {
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    const auto& options = static_cast<const Options&>(group.options());
    for (at::Tensor& param : group.params()) {
      const at::Tensor& grad = param.grad();
      if (grad.defined()) update(options, param, grad);
    }
  }
}

/// The state of `param`, filled by `initialize(state)` if it is new.
template <typename State, typename Initialize>
State& StateOf(torch::optim::Optimizer& optimizer, const at::Tensor& param, Initialize initialize) {
  auto& states = optimizer.state();
  const auto found = states.find(param.unsafeGetTensorImpl());
  if (found != states.end()) return static_cast<State&>(*found->second);
  auto state = std::make_unique<State>();
  initialize(*state);
  State& kept = *state;
  states[param.unsafeGetTensorImpl()] = std::move(state);
  return kept;
}

}  // namespace statestone::optim
