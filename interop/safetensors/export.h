// Checkpoints written as safetensors files.
#pragma once

#include <filesystem>

#include "statestone/export.h"

namespace statestone::safetensors {

/// The bytes that save_file of safetensors 0.8 writes: tensors in order of their dtypes, then of
/// their names, the header padded to 8 bytes. With `max_shard_bytes`, and more bytes than that:
/// `model.safetensors` becomes model-00001-of-00003.safetensors and so on, and
/// model.safetensors.index.json, which is put in place last, after all of them are complete; so
/// too, whatever the bytes, if the kind is kSafetensorsIndex. Flatten says what is lost. \throws
/// Error as ExportCheckpoint; limit: a header beyond what the format allows, more files than are
/// opened at once
ExportReport Export(const Checkpoint& checkpoint, const std::filesystem::path& target,
                    FileKind kind, const ExportOptions& options);

}  // namespace statestone::safetensors
