// Makes the tree of a file.
#pragma once

#include <cstddef>

#include "cli/inspect/catalog.h"
#include "cli/inspect/tree.h"

namespace statestone::cli {

struct TreeOptions {
  /// Show each item of each container; else containers without tensors that fit on a line stand on
  /// one, and so do lists of plain values, shortened.
  bool every_item = false;
  std::size_t value_columns = 48;
  bool unicode = false;
};

/// Cost: linear in the index, but for the number of parts of tensor names, at most 32 each.
Node BuildTree(const Catalog& catalog, const TreeOptions& options);

}  // namespace statestone::cli
