// A small network and how it is trained, for tests of what is kept of a run.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>
#include <utility>

#include "statestone/error.h"

namespace statestone {

/// Two layers with a tanh between them, always with the same parameters.
torch::nn::Sequential MakeNet();

/// Steps on one batch, always the same.
void Train(torch::nn::Sequential& net, torch::optim::Optimizer& optimizer, int steps);

/// The code and the text of the error that a call throws; the test fails if there is none.
std::pair<ErrorCode, std::string> ErrorOf(const std::function<void()>& call);

}  // namespace statestone
