#include "statestone/optim/sgd.h"

#include <torch/torch.h>

#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {
namespace {

using torch::optim::SGDOptions;
using torch::optim::SGDParamState;

// What is to be subtracted from the parameter instead of its gradient, and the buffer brought up to
// date. The first gradient becomes the buffer as it is, whatever the dampening.
at::Tensor WithMomentum(const at::Tensor& grad, at::Tensor& buffer, const SGDOptions& options) {
  if (!buffer.defined()) {
    buffer = grad.detach().clone();
  } else {
    buffer.mul_(UnroundedScalar(options.momentum())).add_(grad, 1 - options.dampening());
  }
  return options.nesterov() ? grad.add(buffer, options.momentum()) : buffer;
}

}  // namespace

torch::Tensor SGD::step(LossClosure closure) {
  const at::Tensor loss = LossOf(closure);
  const torch::NoGradGuard no_grad;
  StepEach<SGDOptions>(
      *this, [this](const SGDOptions& options, at::Tensor& param, at::Tensor grad) {
        if (options.weight_decay() != 0) grad = grad.add(param, options.weight_decay());
        if (options.momentum() != 0) {
          auto& state = StateOf<SGDParamState>(*this, param, [](SGDParamState&) {});
          grad = WithMomentum(grad, state.momentum_buffer(), options);
        }
        param.add_(grad, -options.lr());
      });
  return loss;
}

}  // namespace statestone::optim
