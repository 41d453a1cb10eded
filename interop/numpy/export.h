// Checkpoints written as NumPy's files of arrays.
#pragma once

#include <filesystem>

#include "statestone/export.h"

namespace statestone::numpy {

/// Writes one .npy file of a checkpoint with one tensor, whose name is lost.
/// \throws Error unrepresentable (another number of tensors, or what would be lost); and as
///     ExportCheckpoint
ExportReport ExportNpy(const Checkpoint& checkpoint, const std::filesystem::path& target,
                       const ExportOptions& options);

/// Writes an .npz file: stored, not deflated, elements at multiples of 64 bytes. ListArrays says
/// what of a checkpoint is lost. \throws Error as ExportCheckpoint
ExportReport ExportNpz(const Checkpoint& checkpoint, const std::filesystem::path& target,
                       const ExportOptions& options);

}  // namespace statestone::numpy
