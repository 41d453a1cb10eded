// What Python's optimizer.state_dict() looks like.
#pragma once

#include "statestone/value.h"

namespace statestone::optimizer {

/// Whether a value has the form: a map of `state` and `param_groups`, a list of maps. What is in
/// them is not looked at.
bool IsStateDictForm(const Value& value);

}  // namespace statestone::optimizer
