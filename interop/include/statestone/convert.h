// Conversion between .stone files and the formats of others. Needs no torch and executes nothing of
// what it reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/options.h"
#include "statestone/writer.h"

namespace statestone {

/// What a file is, by its first bytes, never by its name.
enum class FileKind : std::uint8_t { kUnknown, kStone, kPtZip, kPtLegacy, kSafetensors };

/// Reads at most a few KiB. \throws Error io, invalid_argument (not a regular file)
FileKind RecognizeFile(const std::filesystem::path& path);
std::string_view Name(FileKind kind);

struct ConvertOptions {
  WriteOptions write;
  /// Leave out entries whose pickle names something that is not on the list, instead of refusing
  /// the file; the report names them.
  bool skip_unknown = false;
};

struct SkippedEntry {
  std::string path;    ///< display path of the key under which it stood
  std::string reason;  ///< such as "os.system is not on the list"
};

struct ConvertReport {
  WriteSummary summary;
  std::uint64_t source_bytes = 0;
  std::vector<SkippedEntry> skipped;
};

/// Converts a checkpoint that torch.save wrote (zip container) into a .stone file: tensors with
/// ties and strides, nested values, `_metadata` of state_dicts. Nothing of it is executed.
/// Memory: the pickle's objects and a few chunks; tensor bytes are read through a map.
/// \throws Error unsafe (a class or function that is not on the list, with the key under which it
///     stands), corrupt, unsupported, unrepresentable, limit, not_found, io, canceled,
///     invalid_argument (the source is something else: says what)
ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options = {});

}  // namespace statestone
