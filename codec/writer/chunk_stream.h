// Writes the chunks of all planned storages, in order, coded in parallel.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/file/output.h"
#include "codec/writer/storage_bytes.h"
#include "codec/writer/unchanged_chunks.h"
#include "schema/statestone_generated.h"
#include "statestone/options.h"

namespace statestone::writer {

/// The storage and chunk columns of what was written.
struct WrittenChunks {
  std::vector<schema::Storage> storages;
  std::vector<schema::Chunk> chunks;
  std::uint64_t unchanged = 0;  ///< of the chunks: stand where they stood, nothing was written
};

/// Writes the payload behind what is there; `unchanged` may be null. The bytes do not depend on the
/// number of threads.
/// \throws Error io, canceled, corrupt (decode-and-compare), what piece readers throw
WrittenChunks WriteChunks(const std::vector<PlannedStorage>& storages, const StorageBytes& bytes,
                          const WriteOptions& options, const UnchangedChunks* unchanged,
                          file::Output& output);

}  // namespace statestone::writer
