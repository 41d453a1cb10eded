// Value trees out of an index.
#pragma once

#include "schema/statestone_generated.h"
#include "statestone/reader.h"
#include "statestone/value.h"

namespace statestone::reader {

/// The tree under a node of a checked index; depth and texts were checked at opening.
Value ReadValue(const schema::Value& node);

/// The same for a field that may be absent: null then.
Value ReadOptionalValue(const schema::Value* node);

/// A model entry, all but its tensors.
ModelInfo ReadModel(const schema::Model& model);

}  // namespace statestone::reader
