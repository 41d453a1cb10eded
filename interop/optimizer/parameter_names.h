// The names of an optimizer's parameters, where they are known for certain.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/optimizer_state.h"

namespace statestone::optimizer {

/// A model or dict of tensors of a checkpoint.
struct NamedScope {
  std::string path;  ///< display path
  ScopeRef scope;
};

/// All of them, in order, but those inside of optimizers.
std::vector<NamedScope> FindNamedScopes(const Checkpoint& checkpoint);

struct ParameterNames {
  std::vector<std::string> names;  ///< by position
  std::string model;               ///< path of the scope that they name, or empty
};

/// Names for the parameters of a plain `state_dict()`: those that torch kept in it (`param_names`),
/// else where the shape of each parameter, which its state has, is that of one tensor of a scope
/// only, that scope has no other tensors, and all scopes of which that holds agree. The model is
/// named where one alone fits. Nothing where that is not so: equal shapes could
/// be any of their layers.
std::optional<ParameterNames> FindParameterNames(const Checkpoint& checkpoint,
                                                 const Value& state_dict,
                                                 std::span<const NamedScope> scopes);

}  // namespace statestone::optimizer
