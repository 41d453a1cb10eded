// The steps of opening a file, in the order that the format demands: spec/format.md, section 9.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/container/head_tail.h"
#include "codec/container/index.h"
#include "codec/file/byte_source.h"

namespace statestone::reader {

struct OpenedFile {
  std::shared_ptr<file::ByteSource> source;  ///< ends where the generation ends
  container::Tail tail;
  container::Index index;
};

/// Opens the last generation. \throws Error not_statestone, incomplete, corrupt, unsupported,
/// limit, io
OpenedFile OpenFile(std::shared_ptr<file::ByteSource> source);

/// Opens an earlier generation of an open file, as it was when that was the last.
/// \throws Error not_found, corrupt, limit, io
OpenedFile OpenGeneration(std::shared_ptr<file::ByteSource> source, const container::Tail& last,
                          std::uint64_t generation);

/// The tail that starts at `offset`; offset + 128 lies inside the source.
container::Tail ReadTail(const file::ByteSource& source, std::uint64_t offset);

/// The tail of the generation before that of `tail`, which is not the first.
/// \throws Error corrupt unless it is the one that `tail` speaks of
container::Tail ReadPreviousTail(const file::ByteSource& source, const container::Tail& tail);

}  // namespace statestone::reader
