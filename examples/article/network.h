// The network of these examples.
#pragma once

#include <statestone/torch.h>
#include <torch/torch.h>

#include <cstdlib>

struct Net : torch::nn::Module {
  explicit Net(int64_t classes = 10)
      : features(register_module("features", torch::nn::Conv2d(1, 4, 3))),
        classifier(register_module("classifier", torch::nn::Linear(4 * 6 * 6, classes))) {}

  at::Tensor forward(const at::Tensor& images) {
    return classifier(torch::relu(features(images)).flatten(1));
  }

  torch::nn::Conv2d features;
  torch::nn::Linear classifier;
};

inline void Train(Net& net, torch::optim::Optimizer& optimizer, int steps) {
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    net.forward(torch::randn({8, 1, 8, 8})).square().mean().backward();
    optimizer.step();
  }
}

/// Ends the program with a failure unless the examples' claim holds.
inline void Check(bool holds) {
  if (!holds) std::exit(1);
}
