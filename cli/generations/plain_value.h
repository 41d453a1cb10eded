// Plain values as people write them on a command line.
#pragma once

#include <string>

#include "statestone/value.h"

namespace statestone::cli {

/// JSON, objects in the order they are written; text that is no JSON is a string. "12" is an int64,
/// "12.0" a float64, "\"12\"" and "twelve" are strings.
/// \throws Error invalid_argument (an object with one key twice, nested too deep)
Value PlainValue(const std::string& text);

}  // namespace statestone::cli
