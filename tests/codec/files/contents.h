// Everything that a file says, as one text: for tests that compare whole files.
#pragma once

#include <string>

#include "statestone/reader.h"

namespace statestone::testing {

/// Every field of a value, its children included.
std::string Describe(const Value& value);

/// Entries, values, tensors with their bytes, storages, ties and paths: equal texts mean that
/// nothing a Reader hands out differs. \throws what the Reader throws
std::string Contents(const Reader& reader);

}  // namespace statestone::testing
