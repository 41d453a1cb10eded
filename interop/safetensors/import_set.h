// Sets of safetensors files with an index, described as one checkpoint.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::safetensors {

/// The tensors of all files that the index names, file by file, as one tensor dict; attributes as
/// Import has them, from the first file, and what the index says beside the sizes. All files stay
/// open. Symlinks are followed. Memory: as Import for all files together, and the index once.
/// \throws Error not_found (a file is missing; a tensor is not in its file), corrupt (a file has a
///     tensor that the index does not give to it), and as Import
ImportedCheckpoint ImportSet(const std::filesystem::path& index, const ImportOptions& options);

}  // namespace statestone::safetensors
