// What schedulers keep in a parameter group beside its options.
#pragma once

#include <torch/optim/optimizer.h>

#include <optional>

namespace statestone::optim {

/// The numbers that Python's schedulers put into `optimizer.param_groups`, where others find them:
/// the second scheduler of an optimizer starts from the learning rate that was there before the
/// first one. C++ has no place for them, so the first scheduler replaces the options of each group
/// by a copy that is a GroupExtras too: references to options from before then dangle. Options of
/// torch's six optimizers can be replaced; for an optimizer of your own, let its options derive
/// from GroupExtras as well. torch::save keeps none of this, and torch::load drops it.
struct GroupExtras {
  std::optional<double> initial_lr = std::nullopt;
  std::optional<double> max_lr = std::nullopt;
  std::optional<double> min_lr = std::nullopt;
  std::optional<double> max_momentum = std::nullopt;
  std::optional<double> base_momentum = std::nullopt;

  friend bool operator==(const GroupExtras&, const GroupExtras&) = default;
};

/// Those of a group, made if it has none.
/// \throws Error unsupported for options that are neither torch's nor a GroupExtras
GroupExtras& ExtrasOf(torch::optim::OptimizerParamGroup& group);

/// Those of a group, or nullptr.
const GroupExtras* FindExtras(const torch::optim::OptimizerParamGroup& group);

}  // namespace statestone::optim
