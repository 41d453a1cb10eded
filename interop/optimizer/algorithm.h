// Which of torch's optimizers a state is of.
#pragma once

#include <string_view>

#include "statestone/optimizer_state.h"

namespace statestone::optimizer {

/// The plain name of the class in torch.optim, by the options that only it has; empty where several
/// have the same ones, as Adam and AdamW had before torch 2.7, or none has them.
std::string_view AlgorithmOf(const OptimizerState& optimizer);

}  // namespace statestone::optimizer
