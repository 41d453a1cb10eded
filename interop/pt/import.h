// Checkpoints that torch.save wrote, described.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::pt {

/// ConvertPt says what becomes of what. \throws Error as ConvertPt
ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options);

}  // namespace statestone::pt
