#include "torch_bridge/optim/adam_formula.h"

#include <torch/torch.h>

#include <cmath>

#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {

void AdamUpdate(at::Tensor param, at::Tensor grad, AdamMoments moments, std::int64_t step,
                const AdamSettings& settings) {
  if (settings.weight_decay != 0) {
    if (settings.decoupled_decay) {
      param.mul_(UnroundedScalar(1 - settings.lr * settings.weight_decay));
    } else {
      grad = grad.add(param, settings.weight_decay);
    }
  }
  if (param.is_complex()) {
    param = at::view_as_real(param);
    grad = at::view_as_real(grad);
    moments.exp_avg = at::view_as_real(moments.exp_avg);
    moments.exp_avg_sq = at::view_as_real(moments.exp_avg_sq);
    if (moments.max_exp_avg_sq.defined()) {
      moments.max_exp_avg_sq = at::view_as_real(moments.max_exp_avg_sq);
    }
  }

  moments.exp_avg.lerp_(grad, 1 - settings.beta1);
  moments.exp_avg_sq.mul_(UnroundedScalar(settings.beta2)).addcmul_(grad, grad, 1 - settings.beta2);

  const double count = StepOfPython(step);
  const double bias_correction1 = 1 - std::pow(settings.beta1, count);
  const double bias_correction2 = 1 - std::pow(settings.beta2, count);
  // Python takes this root by a power too; std::sqrt may round otherwise.
  const double root_of_correction2 = std::pow(bias_correction2, 0.5);

  at::Tensor second_moment = moments.exp_avg_sq;
  if (moments.max_exp_avg_sq.defined()) {
    at::maximum_out(moments.max_exp_avg_sq, moments.max_exp_avg_sq, moments.exp_avg_sq);
    second_moment = moments.max_exp_avg_sq;
  }
  const at::Tensor denominator = second_moment.sqrt().div(root_of_correction2).add_(settings.eps);
  param.addcdiv_(moments.exp_avg, denominator, -(settings.lr / bias_correction1));
}

}  // namespace statestone::optim
