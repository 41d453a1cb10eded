// The two halves of a restore: bytes read and checked, and bytes put into the module.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

#include "statestone/reader.h"
#include "torch_bridge/restore_plan.h"
#include "torch_bridge/scratch_memory.h"

namespace statestone {

/// What the items of a plan will become, ready outside of the module. Three ways to get there:
/// - in the file as they are: a view of the map, its sums checked, no memory of its own;
/// - stored compressed: decoded into one block of scratch memory, all in parallel;
/// - with `in_place`, those that fit their target byte for byte: not before Commit. From the file
///   straight into the module is faster than through the map, so raw ones too.
/// Not thread-safe. Keeps references to reader and items.
class StagedTensors {
 public:
  /// Reads, checks and converts; the module does not change.
  /// \throws Error corrupt, unsupported, limit, io, canceled; unrepresentable if torch cannot
  ///     convert between two element types
  StagedTensors(const Reader& reader, const RestorePlan& plan, bool in_place);

  /// Whether two items of a tie have the same elements.
  bool Equal(std::size_t a, std::size_t b) const;

  /// Changes the module. Without `in_place` nothing of it can fail for the file's sake.
  void Commit();

 private:
  void StageViews(const std::vector<std::size_t>& items);
  void StageDecoded(const std::vector<std::size_t>& items);
  void Convert();

  const Reader& reader_;
  const std::vector<RestoreItem>& items_;
  std::vector<at::Tensor> sources_;  // by item; undefined: read in place by Commit
  ScratchMemory scratch_;
};

}  // namespace statestone
