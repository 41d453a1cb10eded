// Checkpoints of other formats, described: what they hold, and how to get at their tensors' bytes.
// Needs no torch and executes nothing of what it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone {

/// What a file is, by its first bytes and for zip archives by their members, and by its name only
/// where that is said.
/// kPtZip is the container of torch.save since 1.6, also any zip archive that is nothing else here.
/// kPtLegacy is the container before that, and the tar files before that one. kSafetensorsIndex is
/// the JSON file that says in which of several safetensors files each tensor is. kNumpyZip is a zip
/// archive whose first member is a .npy file, and an empty one. kHdf5 is told from its signature at
/// the start or at 512, 1024, 2048, ... of a file that is nothing else here. kOnnx has no
/// signature: a file that is nothing else here and, from its first byte to its last, nothing but
/// fields that a model has, a version and a graph among them. Where the file ends too early for
/// that, its name must end in .onnx.
enum class FileKind : std::uint8_t {
  kUnknown,
  kStone,
  kPtZip,
  kPtLegacy,
  kSafetensors,
  kSafetensorsIndex,
  kNumpy,
  kNumpyZip,
  kGguf,
  kHdf5,
  kOnnx,
};

/// Reads at most a few KiB. \throws Error io, invalid_argument (not a regular file)
FileKind RecognizeFile(const std::filesystem::path& path);
std::string_view Name(FileKind kind);

struct ImportOptions {
  /// Leave out entries whose pickle names something that is not on the list, instead of refusing
  /// the file; `skipped` names them.
  bool skip_unknown = false;
  /// A folder for an unnamed temporary file that deflated members are inflated to; empty: that of
  /// the source.
  std::filesystem::path scratch = {};
  /// Workers for reading .stone files, 0: one for each core.
  std::size_t threads = 0;
  std::stop_token stop = {};
};

/// Something that the description lacks.
struct SkippedEntry {
  std::string path;    ///< display path of the key under which it stood
  std::string reason;  ///< such as "os.system is not on the list"
};

struct ImportedCheckpoint {
  Checkpoint checkpoint;
  FileKind kind = FileKind::kUnknown;
  std::uint64_t source_bytes = 0;
  std::vector<SkippedEntry> skipped;
  /// The map of the source that tensors are read from in place, if there is one. Its pages are
  /// clean: whoever goes through all of it once may give them back to the system as it goes.
  std::span<const std::byte> mapped;
};

/// Describes a checkpoint of any kind but kUnknown, by what its bytes say. The description keeps
/// the source open. Its tensors are to be read once, in order, by one thread at a time. \throws
/// Error invalid_argument (not a regular file), unsupported (also a file of no known kind: says
///     what it is), unsafe (a pickle names a class or function that is not on the list, with the
///     place where it stands), corrupt, unrepresentable, limit, io, canceled
ImportedCheckpoint ImportCheckpoint(const std::filesystem::path& source,
                                    const ImportOptions& options = {});

}  // namespace statestone
