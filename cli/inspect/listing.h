// A tree as the rows of a table for people: drawn as a tree, or a full path in each row.
#pragma once

#include <cstddef>
#include <string>

#include "cli/inspect/tree.h"
#include "cli/output.h"
#include "cli/terminal/screen.h"
#include "cli/terminal/table.h"

namespace statestone::cli {

struct ListingOptions {
  bool tree = true;             ///< false: each tensor, value and attachment under its full path
  std::size_t depth = 1000000;  ///< levels shown below the first; deeper ones are summed up
};

/// Writes the children of `top`, whose display path is `path`. Rows are made twice, so that memory
/// does not grow with their number. \throws Error io
void WriteListing(const Node& top, const std::string& path, const ListingOptions& options,
                  const Screen& screen, Output& out);

}  // namespace statestone::cli
