// Schedulers from descriptions, as test_schedulers.py gives them.
#pragma once

#include <torch/optim/optimizer.h>

#include <memory>

#include "statestone/schedulers.h"
#include "statestone/value.h"

namespace statestone {

/// A group for each learning rate; `name` is SGD (momentum 0.9), RMSprop, Adagrad, Adam or AdamW.
std::unique_ptr<torch::optim::Optimizer> MakeOptimizer(const std::string& name, const Value& rates);

/// From {"type": "StepLR", "step_size": 30, ...}: Python's names, all arguments given. Functions
/// are known by name: see the source.
std::shared_ptr<optim::LRScheduler> MakeScheduler(const Value& description,
                                                  torch::optim::Optimizer& optimizer);

std::shared_ptr<optim::ReduceLROnPlateau> MakePlateau(const Value& description,
                                                      torch::optim::Optimizer& optimizer);

/// Momentum, or beta1; 0 for optimizers that have neither.
double MomentumOf(const torch::optim::OptimizerParamGroup& group);
void SetMomentumOf(torch::optim::OptimizerParamGroup& group, double momentum);

}  // namespace statestone
