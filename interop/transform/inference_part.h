// The part of a training checkpoint that running the model needs.
#pragma once

#include <memory>

#include "interop/transform/select.h"

namespace statestone {

/// The learned parameters and buffers: the models, if there are any; else the state_dict under
/// "model", "state_dict", "model_state_dict", "net" or the like; else a root that is nothing but
/// tensors. One alone becomes the root of the selection, so that its tensors have the names that
/// the module has; several keep their entries. With `as_dict` models become plain state_dicts.
/// \throws Error not_found if there is none, naming the dicts of tensors that there are
Selection InferencePart(std::shared_ptr<const Checkpoint> source, bool as_dict);

}  // namespace statestone
