// What a single value node may look like, by its kind. spec/format.md, section 7.
#pragma once

#include <string_view>

#include "schema/statestone_generated.h"

namespace statestone::container {

/// Checks one node, its children left out. `entry` is for the error's text.
/// \throws Error corrupt
void CheckValueShape(const schema::Value& value, std::string_view entry);

}  // namespace statestone::container
