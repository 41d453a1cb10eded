// What is in a file as lines for programs: one for each tensor, value and attachment.
#pragma once

#include <cstddef>
#include <string>

#include "cli/inspect/catalog.h"
#include "cli/inspect/tree.h"
#include "cli/output.h"

namespace statestone::cli {

/// Writes what lies below `top` in the order of the tree, eight fields a line, a tab between two:
///
///   path     the whole display path, as `inspect` and `extract` take it
///   type     dtype of a tensor, else kind of value; "attached", "module", "unknown"
///   shape    "512x64", "scalar"
///   bytes    of the elements or the attachment, decoded
///   stored   what it takes of the file, to the nearest byte; of tied tensors the first takes all
///   coding   "raw", "planes", "packed"
///   flags    between commas: "param", "buffer", "frozen", "grad", "strided"
///   text     a value, a media type, or "= PATH" of the tensor that this one is tied to
///
/// A field with nothing to say is "-". Only the path, the text and dtypes of newer versions may
/// hold spaces; none holds a tab or a line feed. What lies more than `depth` levels below the
/// entries is summed up in one line. \throws Error io
void WriteRecords(const Node& top, const Catalog& catalog, std::size_t depth, Output& out);

}  // namespace statestone::cli
