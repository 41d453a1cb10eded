#include "cli/inspect/chunk_column.h"

#include <algorithm>

#include "schema/statestone_generated.h"

namespace statestone::cli {

std::vector<ChunkRow> ChunksOf(const Reader& reader, const StorageInfo& storage,
                               std::uint64_t begin, std::uint64_t bytes) {
  std::vector<ChunkRow> rows;
  if (bytes == 0 || storage.chunk_bytes == 0) return rows;
  // The Reader checked this buffer when it opened the file.
  const auto* chunks = schema::GetIndex(reader.raw_index().data())->chunks();
  if (chunks == nullptr) return rows;
  const std::uint64_t last = (begin + bytes - 1) / storage.chunk_bytes;
  for (std::uint64_t k = begin / storage.chunk_bytes; k <= last && k < storage.chunks; ++k) {
    const std::uint64_t number = storage.first_chunk + k;
    const schema::Chunk& chunk = *chunks->Get(static_cast<flatbuffers::uoffset_t>(number));
    rows.push_back(
        {.number = number,
         .offset = chunk.offset(),
         .stored_bytes = chunk.stored_bytes(),
         .decoded_bytes = std::min(storage.chunk_bytes, storage.bytes - k * storage.chunk_bytes),
         .stored_sum = chunk.stored_sum(),
         .decoded_sum = chunk.decoded_sum()});
  }
  return rows;
}

}  // namespace statestone::cli
