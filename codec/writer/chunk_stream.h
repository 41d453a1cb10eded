// Writes the chunks of all planned storages, in order, coded in parallel.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/file/atomic_file.h"
#include "codec/writer/storage_bytes.h"
#include "schema/statestone_generated.h"
#include "statestone/options.h"

namespace statestone::writer {

/// The storage and chunk columns of what was written.
struct WrittenChunks {
  std::vector<schema::Storage> storages;
  std::vector<schema::Chunk> chunks;
};

/// Writes the payload behind the head. The bytes do not depend on the number of threads.
/// \throws Error io, canceled, corrupt (decode-and-compare), what piece readers throw
WrittenChunks WriteChunks(const std::vector<PlannedStorage>& storages, const StorageBytes& bytes,
                          const WriteOptions& options, file::AtomicFile& file);

}  // namespace statestone::writer
