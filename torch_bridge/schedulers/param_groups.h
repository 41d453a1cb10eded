// The groups of an optimizer as schedulers see them, without torch's headers.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace torch::optim {
class Optimizer;
}

namespace statestone::optim {

std::size_t GroupCount(const torch::optim::Optimizer& optimizer);

std::vector<double> LearningRates(const torch::optim::Optimizer& optimizer);
/// \throws Error invalid_argument if the optimizer has another number of groups: some were added
///     after a scheduler was made
void RequireGroups(const torch::optim::Optimizer& optimizer, std::size_t groups);

/// One for each group. \throws Error as RequireGroups
void SetLearningRates(torch::optim::Optimizer& optimizer, const std::vector<double>& rates);

enum class MomentumKind { kNone, kMomentum, kBeta1 };

/// By the optimizer's options: `momentum` comes before `betas`.
MomentumKind MomentumKindOf(const torch::optim::Optimizer& optimizer);
/// One for each group. \throws Error invalid_argument if one has none; as RequireGroups
void SetMomentum(torch::optim::Optimizer& optimizer, const std::vector<double>& momentum);

/// A number that schedulers keep in a group under the name that it has in Python: "initial_lr",
/// "max_lr", "min_lr", "max_momentum" or "base_momentum". The group has a place for it then.
/// \throws Error unsupported as ExtrasOf; invalid_argument for another name
std::optional<double>& GroupNumber(torch::optim::Optimizer& optimizer, std::size_t group,
                                   std::string_view name);
bool IsGroupNumber(std::string_view name);

/// The same where it has to be there. \throws Error invalid_argument if it is not
double RequiredGroupNumber(torch::optim::Optimizer& optimizer, std::size_t group,
                           std::string_view name);

}  // namespace statestone::optim
