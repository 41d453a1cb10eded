// The chunks of a storage, as the index has them.
#pragma once

#include <cstdint>
#include <vector>

#include "statestone/reader.h"

namespace statestone::cli {

struct ChunkRow {
  std::uint64_t number = 0;  ///< in the file's chunk column
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t stored_bytes = 0;
  std::uint64_t decoded_bytes = 0;
  std::uint64_t stored_sum = 0;   ///< XXH3-64
  std::uint64_t decoded_sum = 0;  ///< XXH3-64
};

/// The chunks that hold bytes [begin, begin + bytes) of the decoded storage.
std::vector<ChunkRow> ChunksOf(const Reader& reader, const StorageInfo& storage,
                               std::uint64_t begin, std::uint64_t bytes);

}  // namespace statestone::cli
