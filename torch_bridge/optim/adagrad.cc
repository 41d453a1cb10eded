#include "statestone/optim/adagrad.h"

#include <torch/torch.h>

#include <utility>

#include "statestone/error.h"
#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {
namespace {

using torch::optim::AdagradOptions;
using torch::optim::AdagradParamState;
using torch::optim::OptimizerParamGroup;

// torch's C++ constructor leaves the imaginary parts at zero.
void FillSum(at::Tensor& sum, double initial) {
  if (sum.is_complex()) sum.fill_(c10::complex<double>(initial, initial));
}

void RequireNoDecayOfSparse(const Adagrad& optimizer) {
  for (const OptimizerParamGroup& group : optimizer.param_groups()) {
    if (static_cast<const AdagradOptions&>(group.options()).weight_decay() == 0) continue;
    for (const at::Tensor& param : group.params()) {
      if (!param.grad().defined() || !param.grad().is_sparse()) continue;
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = "Adagrad's weight decay does not go with sparse gradients",
                   .found = "a sparse gradient",
                   .advice = "set weight_decay to 0 for this group"});
    }
  }
}

void UpdateDense(at::Tensor param, at::Tensor grad, at::Tensor sum, double rate, double eps) {
  if (param.is_complex()) {
    param = at::view_as_real(param);
    grad = at::view_as_real(grad);
    sum = at::view_as_real(sum);
  }
  sum.addcmul_(grad, grad, 1);
  param.addcdiv_(grad, sum.sqrt().add_(eps), -rate);
}

// Touches only the rows that the gradient has.
void UpdateSparse(at::Tensor param, const at::Tensor& grad, at::Tensor sum, double rate,
                  double eps) {
  const at::Tensor rows = grad.coalesce();
  const auto like_rows = [&](const at::Tensor& values) {
    return torch::sparse_coo_tensor(rows._indices(), values, rows.sizes());
  };
  sum.add_(like_rows(rows._values().pow(2)));
  at::Tensor magnitude = sum.sparse_mask(rows)._values().sqrt_().add_(eps);
  param.add_(like_rows(rows._values().div(magnitude)), -rate);
}

}  // namespace

Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& param_groups, AdagradOptions defaults)
    : torch::optim::Adagrad(param_groups, defaults) {
  const torch::NoGradGuard no_grad;
  for (auto& [param, state] : this->state()) {
    FillSum(static_cast<AdagradParamState&>(*state).sum(), defaults.initial_accumulator_value());
  }
}

Adagrad::Adagrad(std::vector<torch::Tensor> params, AdagradOptions defaults)
    : Adagrad({OptimizerParamGroup(std::move(params))}, std::move(defaults)) {}

torch::Tensor Adagrad::step(LossClosure closure) {
  const at::Tensor loss = LossOf(closure);
  RequireNoDecayOfSparse(*this);
  const torch::NoGradGuard no_grad;
  StepEach<AdagradOptions>(*this, [this](const AdagradOptions& options, at::Tensor& param,
                                         at::Tensor grad) {
    // Parameters of groups that were added later have no state yet.
    auto& state = StateOf<AdagradParamState>(*this, param, [&](AdagradParamState& fresh) {
      const double initial =
          static_cast<const AdagradOptions&>(defaults()).initial_accumulator_value();
      fresh.sum(torch::full_like(param, initial, at::MemoryFormat::Preserve));
      FillSum(fresh.sum(), initial);
    });
    state.step(state.step() + 1);
    if (options.weight_decay() != 0) grad = grad.add(param, options.weight_decay());
    const double rate = options.lr() / (1 + (StepOfPython(state.step()) - 1) * options.lr_decay());
    if (grad.is_sparse()) {
      UpdateSparse(param, grad, state.sum(), rate, options.eps());
    } else {
      UpdateDense(param, grad, state.sum(), rate, options.eps());
    }
  });
  return loss;
}

}  // namespace statestone::optim
