#include "tests/torch_bridge/small_run.h"

#include <gtest/gtest.h>

namespace statestone {

namespace nn = torch::nn;
namespace optim = torch::optim;

nn::Sequential MakeNet() {
  torch::manual_seed(3);
  return nn::Sequential(nn::Linear(4, 3), nn::Tanh(), nn::Linear(3, 2));
}

void Train(nn::Sequential& net, optim::Optimizer& optimizer, int steps) {
  const at::Tensor inputs = torch::linspace(-1, 1, 20).view({5, 4});
  for (int i = 0; i < steps; ++i) {
    optimizer.step([&] {
      optimizer.zero_grad();
      at::Tensor loss = net->forward(inputs).square().mean();
      loss.backward();
      return loss;
    });
  }
}

std::pair<ErrorCode, std::string> ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace statestone
