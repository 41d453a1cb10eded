// The bytes of one safetensors file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "codec/file/atomic_file.h"
#include "interop/export_progress.h"
#include "interop/safetensors/flatten.h"

namespace statestone::safetensors {

/// Writes header and tensors, which it sorts, to a file that nothing was written to.
/// \throws Error limit (the header is longer than readers take), io, canceled, what pieces throw
void WriteFile(const Checkpoint& checkpoint, std::span<FlatTensor> tensors,
               const std::optional<Metadata>& metadata, ExportProgress& progress,
               file::AtomicFile& file);

}  // namespace statestone::safetensors
