// The text of a map's key that is no string: spec/format.md, section 7.1.
#pragma once

#include <string>

#include "schema/statestone_generated.h"

namespace statestone::container {

/// "-3" for an int64, "t1,s61;" for a tuple of 1 and "a"; different keys have different texts.
/// Strings as in a tuple: "s" and hexadecimal digits. Kinds that cannot be keys give "?".
std::string KeyText(const schema::Value& key);

}  // namespace statestone::container
