// The network of test_exchange.py in C++.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

namespace statestone {

/// Two layers with dropout between them, in elements of `type`.
torch::nn::Sequential MakeNetwork(c10::ScalarType type);

/// One of the optimizers that give Python's bits, over all parameters, its options those of the
/// class: a restore sets them. `name` as in Python: "AdamW".
std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const std::string& name,
                                                       const torch::nn::Sequential& network);

/// One step on a batch: loss, gradients, step.
void Step(torch::nn::Sequential& network, torch::optim::Optimizer& optimizer,
          const at::Tensor& inputs, const at::Tensor& targets);

}  // namespace statestone
