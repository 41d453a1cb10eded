// Finds what torch's optimizers said in a checkpoint that torch.save wrote.
#pragma once

#include "statestone/checkpoint.h"

namespace statestone::optimizer {

/// The same description, every `state_dict()` of an optimizer in it, at any depth, in the place of
/// which one by names (section 7.2 of the format) can stand without losing anything: the names of
/// its parameters are known for certain, and going back gives the same dict. Others stay as they
/// are. The result keeps the source alive. Cost: the size of the description; nothing where there
/// is no optimizer.
Checkpoint RecognizeOptimizers(Checkpoint checkpoint);

}  // namespace statestone::optimizer
