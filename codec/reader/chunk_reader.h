// Reads ranges of storages: checks, decodes and copies the chunks they lie in, in parallel.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "codec/chunk/chunk_codec.h"
#include "codec/container/index.h"
#include "codec/file/byte_source.h"
#include "statestone/options.h"

namespace statestone::reader {

/// Bytes [begin, begin + out.size()) of the decoded storage.
struct RangeRequest {
  std::uint32_t storage = 0;
  std::uint64_t begin = 0;
  std::span<std::byte> out;
};

/// One thread's contexts and buffers, reused from chunk to chunk.
struct Scratch {
  chunk::Decoder decoder;
  std::vector<std::byte> stored;
  std::vector<std::byte> decoded;
};

/// Scratches between reads: as many as ever worked at once, so that a read of one small tensor
/// does not pay for new buffers and contexts. Thread-safe.
class ScratchPool {
 public:
  std::unique_ptr<Scratch> Take();
  void GiveBack(std::unique_ptr<Scratch> scratch);

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> idle_;
};

class ChunkReader {
 public:
  ChunkReader(const file::ByteSource& source, const container::Index& index,
              const ReadOptions& options)
      : source_(source), index_(index), options_(options) {}

  /// Reads all ranges; a chunk that several of them need is decoded once.
  /// \throws Error corrupt, unsupported, io, incomplete, canceled
  void Read(std::span<const RangeRequest> requests) const;

  /// The stored bytes of a chunk where the source shows them; not checked.
  std::span<const std::byte> InPlace(std::uint32_t chunk) const;

  /// \throws Error corrupt unless `stored` has the chunk's stored sum
  void CheckSum(std::uint32_t chunk, std::span<const std::byte> stored) const;

  /// The stored bytes of a chunk, checked against their sum if the options ask for it (or
  /// `always`): in place, or in `scratch.stored`.
  std::span<const std::byte> Stored(std::uint32_t chunk, Scratch& scratch, bool always) const;

  /// Decodes the whole of chunk `k` of a storage into `out`, of exactly its decoded size.
  void Decode(std::uint32_t storage, std::uint64_t k, std::span<std::byte> out, Scratch& scratch,
              bool always_check) const;

  /// Decoded size of chunk `k` of a storage.
  std::uint64_t DecodedBytes(std::uint32_t storage, std::uint64_t k) const;

  /// \throws Error unsupported for filters and layouts of the future
  void RequireReadable(std::uint32_t storage) const;

 private:
  struct Piece;
  void ReadChunk(std::span<const Piece> pieces, std::span<const RangeRequest> requests,
                 Scratch& scratch) const;

  const file::ByteSource& source_;
  const container::Index& index_;
  const ReadOptions& options_;
  mutable ScratchPool scratches_;
};

}  // namespace statestone::reader
