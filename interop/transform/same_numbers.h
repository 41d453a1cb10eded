// A description with the scopes and tensors of another, under the same numbers.
#pragma once

#include <functional>

#include "statestone/checkpoint.h"

namespace statestone {

/// Without entries: values of `source` can be added as they are. `change` gives each tensor in its
/// new form.
Checkpoint WithSameNumbers(const Checkpoint& source,
                           const std::function<TensorSource(TensorRef)>& change);

}  // namespace statestone
