// Which stored tensor goes where, and whether that fits: decided before a byte is read.
#pragma once

#include <string>
#include <vector>

#include "statestone/module.h"
#include "statestone/reader.h"
#include "statestone/report.h"
#include "torch_bridge/stored_tensors.h"

namespace statestone {

/// One tensor to be restored.
struct RestoreItem {
  std::string name;  ///< in the module
  TensorRef source;
  TensorInfo info;
  at::Tensor target;
  TensorKind kind = TensorKind::kTensor;
  bool shares_memory = false;  ///< with another item, in the module
};

/// Items that lie in the same memory of the module and need not have equal values in the file:
/// their bytes are compared once they have been read. Indices of RestorePlan::items; the first is
/// compared with each of the others.
using TieToCompare = std::vector<std::size_t>;

struct RestorePlan {
  RestoreReport report;  ///< `loaded` is what will be if nothing stops it
  std::vector<RestoreItem> items;
  std::vector<TieToCompare> ties;
};

/// Matches names, shapes, element types and ties.
/// \throws Error invalid_argument (rename pairs that are none, or bring two tensors to one name),
///     corrupt (a name twice), unrepresentable (a tensor of the module that cannot be written)
RestorePlan PlanRestore(const Reader& reader, const StoredTensors& stored,
                        const std::vector<NamedTensor>& module, const RestoreOptions& options);

/// Whether the options allow everything in the report.
bool IsAllowed(const RestoreReport& report, const RestoreOptions& options);

}  // namespace statestone
