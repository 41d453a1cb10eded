// What one state of a checkpoint has that another has not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "statestone/reader.h"

namespace statestone {

/// Names of entries, display paths of tensors, in the order of the files.
struct Changes {
  std::vector<std::string> entries_added;
  std::vector<std::string> entries_removed;
  /// A value, a model's config or flags, an attachment; not what tensors hold.
  std::vector<std::string> entries_changed;

  std::vector<std::string> tensors_added;
  std::vector<std::string> tensors_removed;
  /// Of another dtype, shape or strides, or with other bytes. Small tensors that are stored
  /// together count together: one that changed makes all of them count.
  std::vector<std::string> tensors_changed;
  /// From a path that is gone to a new one, the same stored bytes: first the old path.
  std::vector<std::pair<std::string, std::string>> tensors_renamed;

  bool empty() const;
};

/// Compares two generations of one file by what their indexes say: the payload is not read. Bytes
/// count as equal if they are the same stored bytes, or have the same sums of 64 bits. Cost: about
/// that of both display paths. \throws Error limit (memory)
Changes CompareGenerations(const Reader& before, const Reader& after);

}  // namespace statestone
