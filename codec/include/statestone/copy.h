// Writes the content of a .stone file anew: with another coding, or other chunks.
#pragma once

#include <filesystem>

#include "statestone/checkpoint.h"
#include "statestone/options.h"
#include "statestone/reader.h"

namespace statestone {

/// Describes everything that the generation open in `source` says: entries, values, tensors with
/// their ties and strides, attachments. Tied and strided tensors are read at once and held in
/// memory; others are read piece by piece when they are asked for, by one thread at a time, through
/// one window of 8 MiB or a chunk. The description keeps the file open.
/// \throws Error unsupported (the file has a write feature, an entry, value or dtype of the future:
///     a copy would lose it), what Reader's reads throw
Checkpoint DescribeCheckpoint(const Reader& source);

/// Writes everything that the generation open in `source` says to `target`, which may be the file
/// that is open: entries, values, tensors with their ties and strides, attachments. The content
/// digest stays the same; earlier generations stay behind. Memory: the tied and the strided
/// tensors, 8 MiB more or a chunk, and what a Writer takes; other tensors are read piece by piece.
/// `options.stop` ends it; give the Reader the same token, so that it ends long reads too.
/// Entries and values of kinds of the future are copied as they are.
/// \throws Error unsupported (the file has a write feature, a dtype or a coding of the future: a
///     copy would lose it), what Reader's reads throw, what Writer::Finish throws
WriteSummary CopyCheckpoint(const Reader& source, const std::filesystem::path& target,
                            const WriteOptions& options = {});

}  // namespace statestone
