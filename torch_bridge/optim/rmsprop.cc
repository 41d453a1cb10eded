#include "statestone/optim/rmsprop.h"

#include <torch/torch.h>

#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {
namespace {

using torch::optim::RMSpropOptions;
using torch::optim::RMSpropParamState;

at::Tensor Real(const at::Tensor& tensor) {
  return tensor.is_complex() ? at::view_as_real(tensor) : tensor;
}

void Initialize(const RMSpropOptions& options, const at::Tensor& param, RMSpropParamState& state) {
  const auto zeros = [&] { return torch::zeros_like(param, at::MemoryFormat::Preserve); };
  state.square_avg(zeros());
  if (options.momentum() > 0) state.momentum_buffer(zeros());
  if (options.centered()) state.grad_avg(zeros());
}

void RequireSlots(const RMSpropOptions& options, const RMSpropParamState& state) {
  if (options.momentum() > 0) RequireSlot(state.momentum_buffer(), "momentum_buffer", "momentum");
  if (options.centered()) RequireSlot(state.grad_avg(), "grad_avg", "centered");
}

// The running average of the gradient's magnitude, by which each element is divided.
at::Tensor Magnitude(const at::Tensor& grad, const RMSpropOptions& options,
                     RMSpropParamState& state) {
  at::Tensor square_avg = Real(state.square_avg());
  square_avg.mul_(UnroundedScalar(options.alpha())).addcmul_(grad, grad, 1 - options.alpha());
  if (!options.centered()) return square_avg.sqrt().add_(options.eps());
  at::Tensor grad_avg = Real(state.grad_avg());
  grad_avg.lerp_(grad, 1 - options.alpha());
  return square_avg.addcmul(grad_avg, grad_avg, -1).sqrt_().add_(options.eps());
}

void Update(const RMSpropOptions& options, const at::Tensor& whole, at::Tensor grad,
            RMSpropParamState& state) {
  if (options.weight_decay() != 0) grad = grad.add(whole, options.weight_decay());
  at::Tensor param = Real(whole);
  grad = Real(grad);
  const at::Tensor magnitude = Magnitude(grad, options, state);
  if (options.momentum() > 0) {
    at::Tensor buffer = Real(state.momentum_buffer());
    buffer.mul_(UnroundedScalar(options.momentum())).addcdiv_(grad, magnitude);
    param.add_(buffer, -options.lr());
  } else {
    param.addcdiv_(grad, magnitude, -options.lr());
  }
}

}  // namespace

torch::Tensor RMSprop::step(LossClosure closure) {
  const at::Tensor loss = LossOf(closure);
  RequireDenseGradients(*this, "RMSprop");
  const torch::NoGradGuard no_grad;
  StepEach<RMSpropOptions>(
      *this, [this](const RMSpropOptions& options, at::Tensor& param, const at::Tensor& grad) {
        auto& state = StateOf<RMSpropParamState>(
            *this, param, [&](RMSpropParamState& fresh) { Initialize(options, param, fresh); });
        RequireSlots(options, state);
        state.step(state.step() + 1);
        Update(options, param, grad, state);
      });
  return loss;
}

}  // namespace statestone::optim
