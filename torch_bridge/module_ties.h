// Ties of a module's tensors beside those of the file.
#pragma once

#include <cstddef>
#include <vector>

#include "statestone/module.h"
#include "statestone/reader.h"
#include "torch_bridge/restore_plan.h"

namespace statestone {

/// For each tensor the index of the first one that is the same view of the same memory: itself if
/// there is none before it. Linear.
std::vector<std::size_t> FirstAliases(const std::vector<NamedTensor>& module);

/// Looks at items whose memory overlaps in the module. Where the file ties them in the same way
/// nothing is to be done. Where it does not: the same view under several names goes to `plan.ties`,
/// anything else to the report's `tie_conflicts`. Ties of the file that the module does not have go
/// to `untied`. O(n log n).
void CompareTies(const Reader& reader, RestorePlan& plan);

}  // namespace statestone
