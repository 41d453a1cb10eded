// The steps of opening a file, in the order that the format demands: spec/format.md, section 9.
#pragma once

#include <memory>

#include "codec/container/head_tail.h"
#include "codec/container/index.h"
#include "codec/file/byte_source.h"

namespace statestone::reader {

struct OpenedFile {
  std::shared_ptr<file::ByteSource> source;
  container::Tail tail;
  container::Index index;
};

/// \throws Error not_statestone, incomplete, corrupt, unsupported, limit, io
OpenedFile OpenFile(std::shared_ptr<file::ByteSource> source);

/// The tail that starts at `offset`; offset + 128 lies inside the source.
container::Tail ReadTail(const file::ByteSource& source, std::uint64_t offset);

}  // namespace statestone::reader
