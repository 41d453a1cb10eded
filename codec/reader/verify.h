// Checks every byte of a file, every generation.
#pragma once

#include "codec/reader/open_file.h"
#include "statestone/reader.h"

namespace statestone::reader {

/// \throws Error corrupt, and what opening an earlier generation throws
VerifyReport VerifyFile(const OpenedFile& file, const ReadOptions& options);

}  // namespace statestone::reader
