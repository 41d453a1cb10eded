// Conversion between .stone files and the formats of others. Needs no torch and executes nothing of
// what it reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/dtype.h"
#include "statestone/export.h"
#include "statestone/import.h"
#include "statestone/options.h"

namespace statestone {

struct ConvertOptions {
  WriteOptions write;
  /// Leave out entries whose pickle names something that is not on the list, instead of refusing
  /// the file; the report names them.
  bool skip_unknown = false;
  /// Patterns over display paths; `*` stands for any text, and what lies below a path that matches
  /// is meant too. If there are `only` patterns, what none of them matches is left out; so is what
  /// one of `drop` matches. A pattern that matches nothing is an error.
  std::vector<std::string> only = {};
  std::vector<std::string> drop = {};
  /// Keep the learned parameters and buffers alone: the models, or the state_dict of a training
  /// checkpoint under "model", "state_dict", "model_state_dict" or the like.
  bool inference_only = false;
  /// Turn tensors of float16, bfloat16, float32 and float64 into this one of the four, but for
  /// those of optimizers: rounded to nearest, ties to even. Loses digits: the report says how many.
  std::optional<DType> dtype = {};
  /// kStone, or a kind that ExportCheckpoint writes.
  FileKind target_kind = FileKind::kStone;
  /// For other kinds than kStone: write what they can hold and report the rest.
  bool lossy = false;
};

/// What turning tensors into another dtype cost.
struct CastSummary {
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;
  std::uint64_t changed = 0;     ///< elements that are another number now
  std::uint64_t overflows = 0;   ///< finite before, infinite now
  std::uint64_t underflows = 0;  ///< not zero before, zero now
  double max_absolute = 0;       ///< greatest change of those that stayed finite
  double max_relative = 0;       ///< the same, over the number before
};

struct ConvertReport {
  /// For other kinds than kStone only bytes and tensors.
  WriteSummary summary;
  FileKind source_kind = FileKind::kUnknown;
  std::uint64_t source_bytes = 0;
  std::vector<SkippedEntry> skipped;
  std::vector<std::string> left_out;  ///< display paths, as the options asked
  std::optional<CastSummary> cast;    ///< if `dtype` was asked for
  std::vector<LostEntry> lost;        ///< with `lossy`
};

/// Makes a file of a checkpoint of any kind that ImportCheckpoint describes: a .stone file, or of
/// `target_kind`. Thread-safe for different targets. Memory: the description, what its reader says
/// below, and a few chunks; tensor bytes pass through, but for tied tensors that `dtype` turns.
/// \throws Error what ImportCheckpoint, SaveCheckpoint and ExportCheckpoint throw; not_found (a
///     pattern that matches nothing, no model's weights); the target is then as it was.
ConvertReport ConvertFile(const std::filesystem::path& source, const std::filesystem::path& target,
                          const ConvertOptions& options = {});

/// Converts a checkpoint that torch.save wrote, in the zip container, the one before torch 1.6 or
/// the tar file of the first releases, into a .stone file: tensors with ties and strides, nested
/// values, `_metadata` of state_dicts. Nothing of it is executed.
///
/// The root: a dict or OrderedDict of nothing but tensors becomes one tensor dict under the empty
/// entry name; any other plain dict with string keys becomes one entry for each key; everything
/// else is one value under the empty name. Dicts of nothing but tensors become tensor dicts at any
/// depth, as long as the format has scopes left; other tensors are anonymous, and one object in
/// several places stays one tensor. The `state_dict()` of an optimizer, at any depth, becomes an
/// optimizer by the names of its parameters (section 7.2 of the format) where these are known for
/// certain: from `param_names`, or because the model has no tensor but its parameters, each of a
/// shape of its own. Written as a .pt file it is the dict again that it was.
///
/// What changes its kind: Counter and defaultdict (without factory, or with a builtin one) become
/// plain maps, NumPy arrays of numbers become tensors, NumPy scalars typed scalars, a str of Python
/// 2 becomes bytes where it is not UTF-8. Sparse and quantized tensors become maps of their parts
/// (section 7.2 of the format); indices that lie outside of the tensor are corrupt. Python
/// attributes and hooks of tensors are left out; attributes are listed in the report.
///
/// The zip file's CRC-32 of every record that is used is checked, unless its writer made none
/// (zero). Older containers have no sums: that their elements are damaged does not show.
/// Thread-safe for different targets. Memory: the pickle's objects, about three times the pickle,
/// some hundred bytes for each tensor, and a few chunks; tensor bytes pass through. Deflated
/// records are inflated to an unnamed temporary file beside `target`.
///
/// \throws Error unsafe (a class or function that is not on the list, with the place where it
///     stands), corrupt, unsupported (TorchScript, big-endian, encrypted, several checkpoints in
///     one file), unrepresentable (nested, meta and subclass tensors, sparse and quantized ones
///     that are parameters, quantized ones of less than a byte an element, conj and neg bits,
///     cycles, texts that are not UTF-8), limit, io, canceled, invalid_argument (the source is
///     something else: says what). The target is then as it was.
ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options = {});

}  // namespace statestone
