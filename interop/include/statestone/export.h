// Checkpoints written as other formats. Needs no torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/import.h"
#include "statestone/options.h"

namespace statestone {

/// Something of a checkpoint that a kind of file cannot hold.
struct LostEntry {
  std::string path;  ///< display path of the tensor, value or entry
  std::string what;  ///< such as "complex128: safetensors has no such dtype"
};

struct ExportOptions {
  /// Write what the target can hold and list the rest, instead of refusing all of it.
  bool lossy = false;
  /// For safetensors: a set of files of at most this many bytes of tensors each, with an index
  /// beside them. A larger tensor has a file to itself. 0: one file, whatever its size.
  std::uint64_t max_shard_bytes = 0;
  /// Called with bytes of tensors and attachments.
  Progress progress = {};
  /// Requesting a stop ends the export with `canceled`; the old file stays as it was.
  std::stop_token stop = {};
};

struct ExportReport {
  std::uint64_t file_bytes = 0;  ///< of all files
  std::uint64_t tensors = 0;
  std::uint64_t tensor_bytes = 0;  ///< of all tensors, tied ones each
  /// With `lossy`, what the file does not hold; empty otherwise.
  std::vector<LostEntry> lost;
  /// What was written: the target, or a set's files and its index.
  std::vector<std::filesystem::path> files;
};

/// Writes a checkpoint as a file of another kind: kStone, kPtZip, kSafetensors, kSafetensorsIndex
/// (a set of files), kNumpy (one tensor) or kNumpyZip. The file appears as a whole or not at all,
/// as with SaveCheckpoint. Each tensor is read once. Thread-safe for different checkpoints and
/// targets. Memory: the description, its names once more, and a few MiB; tensor bytes pass through.
/// \throws Error unrepresentable (without `lossy`: what would be lost), invalid_argument (a kind
///     that is not written), io, limit, canceled, what pieces throw. The target is then as it was.
ExportReport ExportCheckpoint(const Checkpoint& checkpoint, const std::filesystem::path& target,
                              FileKind kind, const ExportOptions& options = {});

}  // namespace statestone
