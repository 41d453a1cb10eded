// One step of Adam and AdamW for one parameter.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace statestone::optim {

struct AdamSettings {
  double lr = 0;
  double beta1 = 0;
  double beta2 = 0;
  double eps = 0;
  double weight_decay = 0;
  bool decoupled_decay = false;  ///< AdamW: decay scales the parameter, not the gradient
};

/// Moments of one parameter; changed in place.
struct AdamMoments {
  at::Tensor exp_avg;
  at::Tensor exp_avg_sq;
  at::Tensor max_exp_avg_sq;  ///< undefined without amsgrad
};

/// `step` counts from 1. \throws what torch throws for element types that do not go together
void AdamUpdate(at::Tensor param, at::Tensor grad, AdamMoments moments, std::int64_t step,
                const AdamSettings& settings);

}  // namespace statestone::optim
