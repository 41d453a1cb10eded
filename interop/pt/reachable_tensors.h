// Which tensors a pickle holds, before any value is made.
#pragma once

#include <unordered_map>

#include "interop/pickle/machine.h"

namespace statestone::pt {

/// Every tensor object that stands in a container reachable from the root, with true if it stands
/// in more than one place: several references, or a container that is itself in several places.
/// Linear in the pickle's objects: no container is walked more than twice.
std::unordered_map<pickle::ObjectId, bool> ReachableTensors(const pickle::Pickle& pickle);

}  // namespace statestone::pt
