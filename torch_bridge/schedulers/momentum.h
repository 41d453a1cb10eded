// What CyclicLR and OneCycleLR do with momentum.
#pragma once

#include <vector>

#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {

/// \throws Error invalid_argument if there is none
MomentumKind RequireMomentum(const torch::optim::Optimizer& optimizer);

/// Starts every group at its greatest momentum, and keeps both ends there.
void PutMomentum(torch::optim::Optimizer& optimizer, const std::vector<Number>& base,
                 const std::vector<Number>& max);

/// `cycle_momentum`, and if it is on what is only then there: `use_beta1`, then the rest.
template <typename Rest>
void VisitMomentum(StateFields& fields, const torch::optim::Optimizer& optimizer,
                   bool& cycle_momentum, bool& use_beta1, Rest rest) {
  const MomentumKind kind = MomentumKindOf(optimizer);
  const bool cycles =
      fields.Field("cycle_momentum", cycle_momentum, "off: the optimizer has no momentum",
                   [&](bool on) { return !on || kind != MomentumKind::kNone; });
  if (!cycles) return;
  fields.Field("use_beta1", use_beta1, "what the optimizer has, momentum or beta1",
               [&](bool beta1) { return beta1 == (kind == MomentumKind::kBeta1); });
  rest();
}

}  // namespace statestone::optim
