#include "torch_bridge/schedulers/momentum.h"

#include "statestone/error.h"

namespace statestone::optim {

MomentumKind RequireMomentum(const torch::optim::Optimizer& optimizer) {
  const MomentumKind kind = MomentumKindOf(optimizer);
  if (kind != MomentumKind::kNone) return kind;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "cycle_momentum needs an optimizer with momentum or betas",
               .advice = "set cycle_momentum to false"});
}

void PutMomentum(torch::optim::Optimizer& optimizer, const std::vector<Number>& base,
                 const std::vector<Number>& max) {
  for (std::size_t i = 0; i < max.size(); ++i) {
    GroupNumber(optimizer, i, "max_momentum") = max[i];
    GroupNumber(optimizer, i, "base_momentum") = base[i];
  }
  SetMomentum(optimizer, {max.begin(), max.end()});
}

}  // namespace statestone::optim
