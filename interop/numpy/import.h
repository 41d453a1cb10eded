// NumPy's files of arrays, described.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::numpy {

/// A .npy file: one tensor, the value under the empty entry name. Column-major arrays keep their
/// strides. Memory: some KiB; column-major arrays are read through a map.
/// \throws Error as ReadNpyArray
ImportedCheckpoint ImportNpy(const std::filesystem::path& source, const ImportOptions& options);

/// A .npz file: one dict of tensors under the empty entry name, in the order of the archive, named
/// as its members without ".npy". Names are only names: nothing is written by them. The CRC-32 of
/// each member is checked when its tensor is read to the end, at once if it is column-major.
/// Deflated members are inflated to an unnamed file in `options.scratch` first.
/// \throws Error as ReadNpyArray for each array, and zip::ReadZipDirectory; unsupported for members
///     that are no arrays
ImportedCheckpoint ImportNpz(const std::filesystem::path& source, const ImportOptions& options);

}  // namespace statestone::numpy
