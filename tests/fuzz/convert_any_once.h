// One conversion of a hostile file of any kind, for fuzzers.
#pragma once

#include <string>

#include "statestone/import.h"

namespace statestone {

/// Converts the bytes of a file, verifies what comes out and reads its values and tensors. Tensors
/// of more than 64 MiB are left alone. An Error is a good end; anything else is a finding.
void ConvertAnyOnce(const std::string& file);

/// The same, and writes what was read as `kind` too, which must then be read again.
void ConvertThereAndBack(const std::string& file, FileKind kind);

}  // namespace statestone
