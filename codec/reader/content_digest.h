// The logical identity of a file: spec/format.md, section 13.
#pragma once

#include <string>

#include "codec/reader/chunk_reader.h"
#include "statestone/reader.h"

namespace statestone::reader {

/// Hashes everything that entries refer to. Memory: a few chunks for each thread, and the extent of
/// a tensor that is not row-major.
/// \throws Error unsupported for entries, values, dtypes or codings of the future; corrupt, io, ...
Digest ContentDigest(const file::ByteSource& source, const container::Index& index,
                     const ReadOptions& options);

}  // namespace statestone::reader
