// GGUF files, described.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::gguf {

/// A GGUF file of version 2 or 3, little-endian. Three entries: "tensors", a dict with the shapes
/// that NumPy would show; "metadata", a map of the file's keys as ReadMetadata makes it;
/// "quantized", a map from a tensor's name to its type, such as "Q4_K". A quantized tensor is kept
/// as it is: uint8 of shape (..., bytes of a row). Memory: the metadata's texts and numbers, about
/// 200 bytes each, and 200 bytes for each tensor.
/// \throws Error corrupt, unsupported (other versions, big-endian, types that are unknown), limit,
///     unrepresentable (a name or key that is not UTF-8), io
ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options);

}  // namespace statestone::gguf
