// One tensor in full, for `inspect FILE TENSOR`.
#pragma once

#include <cstddef>
#include <string>

#include "cli/inspect/catalog.h"
#include "cli/output.h"
#include "cli/terminal/screen.h"

namespace statestone::cli {

/// Writes what the index says of a tensor: type, shape, ties, place, storage and its first
/// `most_chunks` chunks. \throws Error io
void WriteTensorDetail(const Catalog& catalog, TensorRef tensor, std::size_t most_chunks,
                       const Screen& screen, Output& out);

}  // namespace statestone::cli
