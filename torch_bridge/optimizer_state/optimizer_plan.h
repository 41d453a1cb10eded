// Which stored parameter is which of the optimizer: decided before a tensor is read.
#pragma once

#include <torch/optim/optimizer.h>

#include <optional>
#include <string>
#include <vector>

#include "statestone/module.h"
#include "statestone/optimizer_state.h"
#include "statestone/report.h"

namespace statestone {

/// A parameter of the optimizer and what stands for it in the file.
struct PlannedParameter {
  at::Tensor parameter;
  std::string name;                   ///< in the model
  std::optional<std::string> stored;  ///< its name in the file; none: it is missing there
};

/// A group of the optimizer and the group of the file that has its parameters.
struct PlannedGroup {
  std::vector<PlannedParameter> parameters;
  std::optional<std::size_t> stored;  ///< none: its options stay as they are
};

struct OptimizerPlan {
  RestoreReport report;
  std::vector<PlannedGroup> groups;
  bool one_row_differs = false;  ///< never allowed
};

/// Matches parameters by name and groups by their parameters. `file` has been read from a file.
/// \throws Error invalid_argument (a parameter that the model does not have; rename pairs that are
///     none, or bring two parameters to one name)
OptimizerPlan PlanOptimizer(const OptimizerState& file, const torch::optim::Optimizer& optimizer,
                            const std::vector<NamedTensor>& model, const RestoreOptions& options);

}  // namespace statestone
