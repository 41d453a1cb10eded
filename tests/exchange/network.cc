#include "tests/exchange/network.h"

#include <stdexcept>

#include "statestone/optim.h"

namespace statestone {

torch::nn::Sequential MakeNetwork(c10::ScalarType type) {
  torch::nn::Sequential network(torch::nn::Linear(6, 16), torch::nn::Tanh(),
                                torch::nn::Dropout(0.25), torch::nn::Linear(16, 3));
  network->to(type);
  return network;
}

std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const std::string& name,
                                                       const torch::nn::Sequential& network) {
  const std::vector<at::Tensor> parameters = network->parameters();
  if (name == "SGD") return std::make_unique<optim::SGD>(parameters, torch::optim::SGDOptions(0.5));
  if (name == "Adam") return std::make_unique<optim::Adam>(parameters);
  if (name == "AdamW") return std::make_unique<optim::AdamW>(parameters);
  if (name == "RMSprop") return std::make_unique<optim::RMSprop>(parameters);
  if (name == "Adagrad") return std::make_unique<optim::Adagrad>(parameters);
  if (name == "LBFGS") return std::make_unique<optim::LBFGS>(parameters);
  throw std::invalid_argument("no optimizer is called " + name);
}

void Step(torch::nn::Sequential& network, torch::optim::Optimizer& optimizer,
          const at::Tensor& inputs, const at::Tensor& targets) {
  optimizer.step([&] {
    optimizer.zero_grad();
    const at::Tensor outputs = network->forward(inputs);
    at::Tensor loss = torch::mse_loss(outputs, targets);
    loss.backward();
    return loss;
  });
}

}  // namespace statestone
