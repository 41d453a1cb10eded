#include "codec/reader/chunk_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/check/require.h"
#include "codec/pipeline/ordered_pipeline.h"
#include "codec/text/hex.h"

namespace statestone::reader {

// The part of one request that one chunk holds; offsets are in the storage.
struct ChunkReader::Piece {
  std::uint32_t chunk;  // in the file's column
  std::uint32_t request;
  std::uint64_t k;  // within the storage
  std::uint64_t begin;
  std::uint64_t end;
};

std::unique_ptr<Scratch> ScratchPool::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> scratch = std::move(idle_.back());
  idle_.pop_back();
  return scratch;
}

void ScratchPool::GiveBack(std::unique_ptr<Scratch> scratch) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(scratch));
}

std::uint64_t ChunkReader::DecodedBytes(std::uint32_t storage, std::uint64_t k) const {
  const schema::Storage& row = index_.storages[storage];
  const std::uint64_t chunk_bytes = index_.chunk_bytes(row);
  return std::min(chunk_bytes, row.bytes() - k * chunk_bytes);
}

void ChunkReader::RequireReadable(std::uint32_t storage) const {
  const schema::Storage& row = index_.storages[storage];
  Require(CheckSite::kReadCoding, index_.is_readable(row), [&] {
    return Error(ErrorCode::kUnsupported,
                 {.problem = "the bytes are coded in a way that this version does not have",
                  .found = "filter " + std::to_string(row.filter()) + ", layout " +
                           std::to_string(row.layout()),
                  .advice = "it was written by a newer version of Statestone: update this "
                            "program"});
  });
}

void ChunkReader::CheckSum(std::uint32_t chunk, std::span<const std::byte> stored) const {
  const schema::Chunk& row = index_.chunks[chunk];
  const std::uint64_t computed = bytes::Xxh3(stored);
  Require(CheckSite::kStoredSum, computed == row.stored_sum(), [&] {
    return Error(ErrorCode::kCorrupt,
                 {.chunk = chunk,
                  .offset = row.offset(),
                  .problem = "checksum mismatch",
                  .expected = text::HexNumber(row.stored_sum()),
                  .found = text::HexNumber(computed),
                  .advice = "the file is damaged, copy it again from where it is whole"});
  });
}

std::span<const std::byte> ChunkReader::InPlace(std::uint32_t chunk) const {
  const schema::Chunk& row = index_.chunks[chunk];
  return source_.bytes().subspan(row.offset(), row.stored_bytes());
}

std::span<const std::byte> ChunkReader::Stored(std::uint32_t chunk, Scratch& scratch,
                                               bool always) const {
  const schema::Chunk& row = index_.chunks[chunk];
  std::span<const std::byte> stored;
  if (source_.in_place_is_fastest()) {
    stored = InPlace(chunk);
  } else {
    scratch.stored.resize(row.stored_bytes());
    source_.Read(row.offset(), scratch.stored);
    stored = scratch.stored;
  }
  if (options_.check_sums || always) CheckSum(chunk, stored);
  return stored;
}

void ChunkReader::Decode(std::uint32_t storage, std::uint64_t k, std::span<std::byte> out,
                         Scratch& scratch, bool always_check) const {
  const schema::Storage& row = index_.storages[storage];
  const auto chunk = static_cast<std::uint32_t>(row.first_chunk() + k);
  if (row.layout() == 0 && !source_.in_place_is_fastest()) {
    source_.Read(index_.chunks[chunk].offset(), out);
    if (options_.check_sums || always_check) CheckSum(chunk, out);
    return;
  }
  const std::span<const std::byte> stored = Stored(chunk, scratch, always_check);
  if (row.layout() == 0) {
    std::memcpy(out.data(), stored.data(), out.size());
    return;
  }
  try {
    scratch.decoder.Decode(stored, {row.unit(), row.filter() == 1}, out);
  } catch (const Error& error) {
    ErrorFields fields = error.fields();
    fields.chunk = chunk;
    fields.offset = index_.chunks[chunk].offset() + fields.offset.value_or(0);
    throw Error(error.code(), std::move(fields));
  }
}

void ChunkReader::ReadChunk(std::span<const Piece> pieces, std::span<const RangeRequest> requests,
                            Scratch& scratch) const {
  const Piece& first = pieces.front();
  const std::uint32_t storage = requests[first.request].storage;
  const schema::Storage& row = index_.storages[storage];
  const std::uint64_t start = first.k * index_.chunk_bytes(row);
  const std::uint64_t size = DecodedBytes(storage, first.k);
  const auto target = [&](const Piece& piece) {
    const RangeRequest& request = requests[piece.request];
    return request.out.subspan(piece.begin - request.begin, piece.end - piece.begin);
  };
  if (pieces.size() == 1 && first.end - first.begin == size) {
    Decode(storage, first.k, target(first), scratch, false);
    return;
  }
  std::span<const std::byte> decoded;
  if (row.layout() == 0) {
    decoded = Stored(first.chunk, scratch, false);
  } else {
    scratch.decoded.resize(size);
    Decode(storage, first.k, scratch.decoded, scratch, false);
    decoded = scratch.decoded;
  }
  for (const Piece& piece : pieces) {
    const std::span<std::byte> out = target(piece);
    std::memcpy(out.data(), decoded.data() + (piece.begin - start), out.size());
  }
}

void ChunkReader::Read(std::span<const RangeRequest> requests) const {
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < requests.size(); ++i) {
    const RangeRequest& request = requests[i];
    if (request.out.empty()) continue;
    RequireReadable(request.storage);
    const schema::Storage& row = index_.storages[request.storage];
    const std::uint64_t chunk_bytes = index_.chunk_bytes(row);
    const std::uint64_t end = request.begin + request.out.size();
    for (std::uint64_t k = request.begin / chunk_bytes; k * chunk_bytes < end; ++k) {
      pieces.push_back({static_cast<std::uint32_t>(row.first_chunk() + k), i, k,
                        std::max(request.begin, k * chunk_bytes),
                        std::min(end, (k + 1) * chunk_bytes)});
    }
  }
  const auto by_chunk = [](const Piece& a, const Piece& b) { return a.chunk < b.chunk; };
  if (!std::is_sorted(pieces.begin(), pieces.end(), by_chunk)) {
    std::stable_sort(pieces.begin(), pieces.end(), by_chunk);
  }
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i == 0 || pieces[i].chunk != pieces[i - 1].chunk) starts.push_back(i);
  }
  if (starts.empty()) return;
  const std::size_t threads = std::min(pipeline::ResolveThreads(options_.threads), starts.size());
  std::vector<std::unique_ptr<Scratch>> scratch;
  for (std::size_t i = 0; i < threads; ++i) scratch.push_back(scratches_.Take());
  pipeline::ParallelFor(
      threads, starts.size(),
      [&](std::size_t job, std::size_t worker) {
        const std::size_t end = job + 1 < starts.size() ? starts[job + 1] : pieces.size();
        ReadChunk(std::span(pieces).subspan(starts[job], end - starts[job]), requests,
                  *scratch[worker]);
      },
      options_.stop);
  // After an error they are simply dropped.
  for (std::unique_ptr<Scratch>& used : scratch) scratches_.GiveBack(std::move(used));
}

}  // namespace statestone::reader
