// Finds what is whole in a file that does not end in a tail: spec/format.md, section 9.2.
#pragma once

#include <memory>
#include <stop_token>

#include "codec/reader/open_file.h"

namespace statestone::reader {

/// Opens the last complete generation of a file: searches backwards for a tail whose sum and place
/// are right, whose index is whole and keeps the rules, and before which the chain of generations
/// is whole. Memory: 1 MiB and an index. Cost: one pass over what is behind that tail; false tails,
/// as somebody could lay them out, cost at most a few passes over the file. \throws Error
/// not_statestone, corrupt, unsupported (the head); incomplete (nothing is whole);
///     limit (more false tails than an honest file can have); io, canceled
OpenedFile OpenLastComplete(std::shared_ptr<file::ByteSource> source, const std::stop_token& stop);

}  // namespace statestone::reader
