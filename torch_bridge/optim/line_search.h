// The line search of LBFGS under the strong Wolfe conditions, as Python's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "torch_bridge/optim/mixed_number.h"

namespace statestone::optim {

/// A step along the direction: the loss there, the gradient, and its part along the direction.
struct LinePoint {
  MixedNumber step;
  double loss = 0;
  at::Tensor gradient;
  MixedNumber slope;
};

/// Evaluates loss and gradient at a step along the direction.
using LineFunction = std::function<std::pair<double, at::Tensor>(const MixedNumber& step)>;

struct LineSearchResult {
  LinePoint best;
  std::int64_t evaluations = 0;
};

/// Looks for a step that lowers the loss enough and flattens the slope enough, from `first_step`
/// on; `start` is where the line begins, at step 0. At most `most_evaluations` and one.
/// \throws Error invalid_argument if that is negative
LineSearchResult SearchLine(const LineFunction& evaluate, const at::Tensor& direction,
                            const MixedNumber& first_step, const LinePoint& start,
                            std::int64_t most_evaluations);

}  // namespace statestone::optim
