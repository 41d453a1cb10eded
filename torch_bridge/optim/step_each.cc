#include "torch_bridge/optim/step_each.h"

#include <ATen/ScalarOps.h>
#include <torch/torch.h>

#include <algorithm>
#include <string>

#include "statestone/error.h"

namespace statestone::optim {

at::Tensor LossOf(const torch::optim::Optimizer::LossClosure& closure) {
  if (closure == nullptr) return {};
  const at::AutoGradMode enabled(true);
  return closure();
}

at::Tensor UnroundedScalar(double value) { return at::native::wrapped_scalar_tensor(value); }

double StepOfPython(std::int64_t step) {
  constexpr std::int64_t last_counted = std::int64_t{1} << 24;
  return static_cast<double>(std::min(step, last_counted));
}

void RequireDenseGradients(const torch::optim::Optimizer& optimizer, const char* name) {
  for (const torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    for (const at::Tensor& param : group.params()) {
      if (!param.grad().defined() || !param.grad().is_sparse()) continue;
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = std::string(name) + " takes no sparse gradients",
                   .found = "a sparse gradient",
                   .advice = "make the gradients dense, or use SGD or Adagrad"});
    }
  }
}

void RequireSlot(const at::Tensor& slot, const char* name, const char* option) {
  if (slot.defined()) return;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = std::string("the state of a parameter has no ") + name,
               .expected = std::string("one, since ") + option + " is on",
               .found = std::string("a state that was made while ") + option + " was off",
               .advice = std::string("switch ") + option + " on before the first step"});
}

}  // namespace statestone::optim
