// How a stored model and a module differ, and what is allowed to.
#pragma once

#include <string>
#include <vector>

#include "statestone/error.h"
#include "statestone/reader.h"

namespace statestone {

/// The name in the file comes first, then the name in the module: of one tensor ("fc.weight"), or
/// of all that start with a prefix, which ends in '.' or is empty: {"module.", ""} takes a prefix
/// away, {"", "backbone."} adds one.
struct Rename {
  std::string in_file;
  std::string in_module;

  friend bool operator==(const Rename&, const Rename&) = default;
};

struct RestoreOptions {
  /// The first pair that fits a name of the file is used, once. A pair that fits none is an error.
  std::vector<Rename> rename = {};
  /// Tensors of the module that the file does not have stay as they are.
  bool allow_missing = false;
  /// Tensors of the file that the module does not have are passed over.
  bool allow_unexpected = false;
  /// For an optimizer: groups whose parameters come from stored groups of different options keep
  /// their own options.
  bool allow_group_change = false;
  /// Elements of another type are converted as at::Tensor::copy_ does, which may lose digits.
  bool allow_dtype_change = false;
  /// Put the module and its submodules into the mode they were saved in. Otherwise the module keeps
  /// its own, and the report says where it differs.
  bool apply_training_mode = false;
  /// Set requires_grad of the parameters as saved. Otherwise they keep their own.
  bool apply_requires_grad = false;
  /// Read straight into the module's memory: saves the second copy of what is stored compressed,
  /// and about half of the time. The price: after damage is found in the payload (`corrupt`, `io`,
  /// ...) part of the module may hold values of the file. Names, shapes and types are checked first
  /// even so.
  bool in_place = false;
};

/// One tensor that does not fit.
struct TensorDifference {
  std::string name;      ///< in the module; for unexpected ones in the file
  std::string expected;  ///< what the module has: "float32 [512, 10]"; empty if it has nothing
  std::string found;     ///< what the file has; empty if it has nothing

  friend bool operator==(const TensorDifference&, const TensorDifference&) = default;
};

/// How a restore went, or why it was refused. Names are as they are in file and module, unescaped.
struct RestoreReport {
  std::string entry;                ///< the entry that was restored
  std::vector<std::string> loaded;  ///< in the module's order; empty if the restore was refused
  std::vector<TensorDifference> missing;        ///< in the module, not in the file
  std::vector<TensorDifference> unexpected;     ///< in the file, not in the module
  std::vector<TensorDifference> shape_changed;  ///< never allowed
  std::vector<TensorDifference> dtype_changed;
  /// The module shares memory where the file has different values: never allowed.
  std::vector<TensorDifference> tie_conflicts;
  /// Names that share memory in the file and not in the module: loaded, each on its own.
  std::vector<TensorDifference> untied;
  /// Of an optimizer: groups that are split otherwise than the stored ones.
  std::vector<TensorDifference> groups_changed;
  std::vector<Rename> unused_renames;  ///< pairs that fit no name of the file: never allowed
  /// Pairs that would make missing and unexpected tensors of equal shape and type meet; likely ones
  /// first. For people: nothing is ever renamed unasked.
  std::vector<Rename> likely_renames;
  TrainingMode file_training = TrainingMode::kUnknown;
  TrainingMode module_training = TrainingMode::kUnknown;  ///< before the restore
  /// Submodules whose mode differs; only "" if that of the module itself does, since then most do.
  /// Empty if the file does not say.
  std::vector<std::string> training_differs;

  /// Whether every tensor of both sides has its counterpart of the same shape and type.
  bool exact() const noexcept;
  /// A summary in one line, then a line for each difference, in columns; escaped for terminals.
  std::string ToString() const;
};

/// Thrown when a restore does not fit, before anything in the module has changed.
class MismatchError : public Error {
 public:
  MismatchError(ErrorFields fields, RestoreReport report);

  const RestoreReport& report() const noexcept { return report_; }
  /// The line of Error::what(), then the report.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  RestoreReport report_;
  std::string text_;
};

}  // namespace statestone
