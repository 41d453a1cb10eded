#include <algorithm>
#include <string>
#include <vector>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/container/index.h"
#include "codec/container/index_error.h"
#include "statestone/limits.h"

namespace statestone::container {
namespace {

std::string Label(std::size_t i) { return "storage " + std::to_string(i); }

void CheckStorage(const schema::Storage& storage, std::size_t i) {
  const std::uint8_t unit = storage.unit();
  Require(CheckSite::kStorageUnit, unit == 1 || unit == 2 || unit == 4 || unit == 8, [&] {
    return IndexCorrupt(Label(i) + " has no possible unit", "1, 2, 4 or 8", std::to_string(unit));
  });
  Require(CheckSite::kStorageFilter, storage.filter() != 1 || unit >= 2,
          [&] { return IndexCorrupt(Label(i) + " rotates units of one byte"); });
  const int log2 = storage.chunk_units_log2();
  const std::uint64_t chunk_bytes = log2 < 32 ? std::uint64_t{unit} << log2 : ~std::uint64_t{0};
  Require(CheckSite::kStorageChunkSize, chunk_bytes >= limits::kMinChunkBytes, [&] {
    return IndexCorrupt(Label(i) + " has chunks that are too small",
                        std::to_string(limits::kMinChunkBytes), std::to_string(chunk_bytes));
  });
  Require(CheckSite::kStorageChunkSize, chunk_bytes <= limits::kChunkBytes, [&] {
    return IndexLimit(Label(i) + " has chunks that are too large", limits::kChunkBytes,
                      chunk_bytes);
  });
  Require(CheckSite::kStorageSize, storage.bytes() <= limits::kStorageBytes, [&] {
    return IndexLimit(Label(i) + " is too large", limits::kStorageBytes, storage.bytes());
  });
}

void CheckChunk(const schema::Chunk& chunk, std::size_t i, std::uint64_t index_offset) {
  Require(CheckSite::kChunkPlace,
          chunk.offset() % kAlignment == 0 && chunk.offset() >= kHeadBytes &&
              chunk.stored_bytes() != 0 &&
              bytes::RangeFits(chunk.offset(), chunk.stored_bytes(), index_offset),
          [&] {
            return IndexCorrupt(
                "chunk " + std::to_string(i) + " lies outside the payload",
                "a multiple of 64 before " + std::to_string(index_offset),
                std::to_string(chunk.offset()) + " + " + std::to_string(chunk.stored_bytes()));
          });
  Require(CheckSite::kChunkBase, chunk.base() == 0, [&] {
    return IndexReserved("chunk " + std::to_string(i) + " is a delta against another",
                         "base " + std::to_string(chunk.base()));
  });
}

// Raw chunks lie one behind the other, as they are, so that a map shows the storage in one piece.
void CheckRawChunks(const Index& index, const schema::Storage& storage, std::size_t i) {
  const std::uint64_t count = index.chunk_count(storage);
  const std::uint64_t chunk_bytes = index.chunk_bytes(storage);
  std::uint64_t rest = storage.bytes();
  std::uint64_t offset = 0;
  if (storage.bytes() >= kRawAlignmentFrom) {
    const std::uint64_t first = index.chunks[storage.first_chunk()].offset();
    Require(CheckSite::kRawAlignment, first % kRawAlignment == 0, [&] {
      return IndexCorrupt("raw " + Label(i) + " does not start on a page",
                          "a multiple of " + std::to_string(kRawAlignment), std::to_string(first));
    });
  }
  for (std::uint64_t k = 0; k < count; ++k) {
    const schema::Chunk& chunk = index.chunks[storage.first_chunk() + k];
    if (k == 0) offset = chunk.offset();
    const std::uint64_t decoded = std::min(rest, chunk_bytes);
    Require(CheckSite::kRawChunks,
            chunk.offset() == offset && chunk.stored_bytes() == decoded &&
                chunk.stored_sum() == chunk.decoded_sum(),
            [&] {
              return IndexCorrupt(
                  "chunk " + std::to_string(storage.first_chunk() + k) + " of raw " + Label(i) +
                      " is not the next piece of it",
                  std::to_string(offset) + " + " + std::to_string(decoded),
                  std::to_string(chunk.offset()) + " + " + std::to_string(chunk.stored_bytes()));
            });
    offset += decoded;
    rest -= decoded;
  }
}

void CheckOverlap(const Index& index) {
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return index.chunks[a].offset() < index.chunks[b].offset();
  };
  std::vector<std::uint32_t> by_offset;
  bool sorted = true;
  for (std::size_t i = 1; i < index.chunks.size() && sorted; ++i) {
    sorted = index.chunks[i - 1].offset() <= index.chunks[i].offset();
  }
  if (!sorted) {
    by_offset.resize(index.chunks.size());
    for (std::uint32_t i = 0; i < by_offset.size(); ++i) by_offset[i] = i;
    std::sort(by_offset.begin(), by_offset.end(), before);
  }
  for (std::size_t i = 1; i < index.chunks.size(); ++i) {
    const schema::Chunk& a = index.chunks[sorted ? i - 1 : by_offset[i - 1]];
    const schema::Chunk& b = index.chunks[sorted ? i : by_offset[i]];
    const bool same = a.offset() == b.offset() && a.stored_bytes() == b.stored_bytes() &&
                      a.stored_sum() == b.stored_sum() && a.decoded_sum() == b.decoded_sum();
    Require(CheckSite::kChunkOverlap, same || a.offset() + a.stored_bytes() <= b.offset(), [&] {
      return IndexCorrupt(
          "two chunks overlap in the file", "",
          "at " + std::to_string(a.offset()) + " and " + std::to_string(b.offset()));
    });
  }
}

}  // namespace

void CheckStoragesAndChunks(const Index& index, std::uint64_t index_offset) {
  std::uint64_t next_chunk = 0;
  for (std::size_t i = 0; i < index.storages.size(); ++i) {
    const schema::Storage& storage = index.storages[i];
    CheckStorage(storage, i);
    const std::uint64_t count = index.chunk_count(storage);
    Require(CheckSite::kStorageChunks,
            storage.first_chunk() == next_chunk && count <= index.chunks.size() - next_chunk, [&] {
              return IndexCorrupt(Label(i) + " does not have the chunks it needs",
                                  std::to_string(count) + " from " + std::to_string(next_chunk),
                                  "first chunk " + std::to_string(storage.first_chunk()) + " of " +
                                      std::to_string(index.chunks.size()));
            });
    next_chunk += count;
  }
  Require(CheckSite::kStorageChunks, next_chunk == index.chunks.size(), [&] {
    return IndexCorrupt("some chunks belong to no storage", std::to_string(next_chunk),
                        std::to_string(index.chunks.size()));
  });
  for (std::size_t i = 0; i < index.chunks.size(); ++i) {
    CheckChunk(index.chunks[i], i, index_offset);
  }
  for (std::size_t i = 0; i < index.storages.size(); ++i) {
    if (index.storages[i].layout() == 0) CheckRawChunks(index, index.storages[i], i);
  }
  CheckOverlap(index);
}

}  // namespace statestone::container
