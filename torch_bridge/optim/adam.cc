#include "statestone/optim/adam.h"

#include <torch/torch.h>

#include <tuple>

#include "torch_bridge/optim/adam_formula.h"
#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {
namespace {

template <typename Options>
AdamSettings SettingsOf(const Options& options, bool decoupled_decay) {
  return {.lr = options.lr(),
          .beta1 = std::get<0>(options.betas()),
          .beta2 = std::get<1>(options.betas()),
          .eps = options.eps(),
          .weight_decay = options.weight_decay(),
          .decoupled_decay = decoupled_decay};
}

// Options and State of Adam and of AdamW are different types with the same members.
template <typename Options, typename State>
void Step(torch::optim::Optimizer& optimizer, bool decoupled_decay) {
  const torch::NoGradGuard no_grad;
  StepEach<Options>(
      optimizer, [&](const Options& options, at::Tensor& param, const at::Tensor& grad) {
        auto& state = StateOf<State>(optimizer, param, [&](State& fresh) {
          fresh.exp_avg(torch::zeros_like(param, at::MemoryFormat::Preserve));
          fresh.exp_avg_sq(torch::zeros_like(param, at::MemoryFormat::Preserve));
          if (!options.amsgrad()) return;
          fresh.max_exp_avg_sq(torch::zeros_like(param, at::MemoryFormat::Preserve));
        });
        AdamMoments moments{state.exp_avg(), state.exp_avg_sq(), {}};
        if (options.amsgrad()) {
          RequireSlot(state.max_exp_avg_sq(), "max_exp_avg_sq", "amsgrad");
          moments.max_exp_avg_sq = state.max_exp_avg_sq();
        }
        state.step(state.step() + 1);
        AdamUpdate(param, grad, moments, state.step(), SettingsOf(options, decoupled_decay));
      });
}

}  // namespace

torch::Tensor Adam::step(LossClosure closure) {
  const at::Tensor loss = LossOf(closure);
  RequireDenseGradients(*this, "Adam");
  Step<torch::optim::AdamOptions, torch::optim::AdamParamState>(*this, false);
  return loss;
}

torch::Tensor AdamW::step(LossClosure closure) {
  const at::Tensor loss = LossOf(closure);
  RequireDenseGradients(*this, "AdamW");
  Step<torch::optim::AdamWOptions, torch::optim::AdamWParamState>(*this, true);
  return loss;
}

}  // namespace statestone::optim
