// A LibTorch optimizer as a file keeps it.
#pragma once

#include <torch/optim/optimizer.h>

#include <string>
#include <vector>

#include "statestone/module.h"
#include "statestone/optimizer_state.h"
#include "statestone/writer.h"

namespace statestone {

/// Names the parameters of an optimizer after those of a model. Tensors of the result are places in
/// `tensors`, to which handles to them are added; `path` is the entry's, for errors.
/// \throws Error invalid_argument (a class that is not one of torch's six; a parameter that the
///     model does not have), unrepresentable (names the tensor)
OptimizerState DescribeOptimizer(const torch::optim::Optimizer& optimizer,
                                 const std::vector<NamedTensor>& model, const std::string& path,
                                 std::vector<at::Tensor>& tensors);

/// Adds its tensors, which are places in `tensors` and on the CPU, to a file; the value that stands
/// for it. \throws Error as the Writer
Value WriteOptimizer(const OptimizerState& optimizer, const std::vector<at::Tensor>& tensors,
                     Writer& writer);

}  // namespace statestone
