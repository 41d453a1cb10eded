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

/// What a file is, by its first bytes, never by its name. kPtZip is any zip archive, the container
/// of torch.save since 1.6; ConvertPt tells a checkpoint from other archives. kPtLegacy is the
/// container before that, and the tar files before that one.
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
///
/// The root: a dict or OrderedDict of nothing but tensors becomes one tensor dict under the empty
/// entry name; any other plain dict with string keys becomes one entry for each key; everything
/// else is one value under the empty name. Dicts of nothing but tensors become tensor dicts at any
/// depth, as long as the format has scopes left; other tensors are anonymous, and one object in
/// several places stays one tensor.
///
/// What changes its kind: Counter and defaultdict (without factory, or with a builtin one) become
/// plain maps, NumPy arrays of numbers become tensors, NumPy scalars typed scalars. Python
/// attributes and hooks of tensors are left out; attributes are listed in the report.
///
/// The zip file's CRC-32 of every record that is used is checked, unless its writer made none
/// (zero). Thread-safe for different targets. Memory: the pickle's objects, about three times the
/// pickle, some hundred bytes for each tensor, and a few chunks; tensor bytes pass through.
/// Deflated records are inflated to an unnamed temporary file beside `target`. \throws Error unsafe
/// (a class or function that is not on the list, with the place where it
///     stands), corrupt, unsupported (older containers, TorchScript, big-endian, encrypted),
///     unrepresentable (sparse, quantized, nested, meta and subclass tensors, conj and neg bits,
///     cycles, texts that are not UTF-8), limit, io, canceled, invalid_argument (the source is
///     something else: says what). The target is then as it was.
ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options = {});

}  // namespace statestone
