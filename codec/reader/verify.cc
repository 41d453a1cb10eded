#include "codec/reader/verify.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "codec/bytes/hash.h"
#include "codec/check/require.h"
#include "codec/pipeline/ordered_pipeline.h"
#include "codec/reader/chunk_reader.h"
#include "codec/text/hex.h"

namespace statestone::reader {
namespace {

constexpr const char* kCopyAgain = "the file is damaged, copy it again from where it is whole";
constexpr std::uint64_t kGapPiece = 64 << 10;

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
  bool is_chunk;
};

// Where the stored bytes of a chunk lie, how they are understood and what comes of them.
using Identity = std::array<std::uint64_t, 5>;

class Verification {
 public:
  Verification(const OpenedFile& file, const ReadOptions& options)
      : file_(file), options_(options) {}

  VerifyReport Run() {
    report_.file_bytes = file_.source->size();
    covered_.push_back({0, container::kHeadBytes, false});
    VerifyGeneration(file_.index, file_.tail);
    container::Tail tail = file_.tail;
    while (tail.previous != 0) {
      const container::Tail previous = ReadPreviousTail(*file_.source, tail);
      VerifyGeneration(container::Index::Load(*file_.source, previous), previous);
      tail = previous;
    }
    VerifyGaps();
    return report_;
  }

 private:
  void VerifyGeneration(const container::Index& index, const container::Tail& tail) {
    ++report_.generations;
    const std::uint64_t index_end = tail.index_offset + tail.index_stored_bytes;
    covered_.push_back({tail.index_offset, index_end, false});
    covered_.push_back({tail.end_offset - container::kTailBytes, tail.end_offset, false});
    const ChunkReader reader(*file_.source, index, options_);
    const std::vector<Job> jobs = JobsOf(index, reader, tail.previous != 0);
    const std::size_t threads = std::min(pipeline::ResolveThreads(options_.threads), jobs.size());
    std::vector<Scratch> scratch(threads);
    std::vector<std::vector<std::byte>> decoded(threads);
    pipeline::ParallelFor(
        threads, jobs.size(),
        [&](std::size_t job, std::size_t worker) {
          VerifyChunk(reader, index, jobs[job].storage, jobs[job].k, scratch[worker],
                      decoded[worker]);
        },
        options_.stop);
  }

  struct Job {
    std::uint32_t storage;
    std::uint32_t k;
    Identity identity;
    std::uint64_t stored_bytes;
  };

  // The chunks of a generation in the order of the file. Stored bytes that are understood in one
  // way are looked at once: generations share chunks, and so may the storages of one.
  std::vector<Job> JobsOf(const container::Index& index, const ChunkReader& reader,
                          bool more_generations) {
    std::vector<Job> jobs;
    for (std::uint32_t s = 0; s < index.storages.size(); ++s) {
      const schema::Storage& storage = index.storages[s];
      const std::uint64_t count = index.chunk_count(storage);
      for (std::uint32_t k = 0; k < count; ++k) {
        const schema::Chunk& chunk = index.chunks[storage.first_chunk() + k];
        covered_.push_back({chunk.offset(), chunk.offset() + chunk.stored_bytes(), true});
        const std::uint64_t shape = std::uint64_t{chunk.stored_bytes()} << 24 |
                                    std::uint64_t{storage.unit()} << 16 |
                                    std::uint64_t{storage.filter()} << 8 | storage.layout();
        jobs.push_back({s,
                        k,
                        {chunk.offset(), shape, chunk.stored_sum(), chunk.decoded_sum(),
                         reader.DecodedBytes(s, k)},
                        chunk.stored_bytes()});
      }
    }
    std::stable_sort(jobs.begin(), jobs.end(),
                     [](const Job& a, const Job& b) { return a.identity < b.identity; });
    const auto same = [](const Job& a, const Job& b) { return a.identity == b.identity; };
    jobs.erase(std::unique(jobs.begin(), jobs.end(), same), jobs.end());
    std::erase_if(jobs, [&](const Job& job) {
      return std::binary_search(verified_.begin(), verified_.end(), job.identity);
    });
    for (const Job& job : jobs) {
      total_ += job.stored_bytes;
      if (more_generations) verified_.push_back(job.identity);
    }
    if (more_generations) std::sort(verified_.begin(), verified_.end());
    return jobs;
  }

  void VerifyChunk(const ChunkReader& reader, const container::Index& index, std::uint32_t storage,
                   std::uint32_t k, Scratch& scratch, std::vector<std::byte>& decoded) {
    const schema::Storage& row = index.storages[storage];
    const auto number = row.first_chunk() + k;
    const schema::Chunk& chunk = index.chunks[number];
    bool undecoded = !index.is_readable(row);
    if (row.layout() == 0 || undecoded) {
      // A raw chunk's two sums are equal, as opening checked.
      reader.Stored(number, scratch, true);
    } else {
      decoded.resize(reader.DecodedBytes(storage, k));
      try {
        reader.Decode(storage, k, decoded, scratch, true);
        const std::uint64_t computed = bytes::Xxh3(decoded);
        Require(CheckSite::kDecodedSum, computed == chunk.decoded_sum(), [&] {
          return Error(ErrorCode::kCorrupt, {.chunk = number,
                                             .offset = chunk.offset(),
                                             .problem = "the decoded bytes have another checksum",
                                             .expected = text::HexNumber(chunk.decoded_sum()),
                                             .found = text::HexNumber(computed),
                                             .advice = kCopyAgain});
        });
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUnsupported) throw;
        undecoded = true;
      }
    }
    const std::lock_guard lock(mutex_);
    report_.undecoded_chunks += undecoded;
    done_ += chunk.stored_bytes();
    if (options_.progress) options_.progress(done_, total_);
  }

  void VerifyGaps() {
    std::sort(covered_.begin(), covered_.end(), [](const Extent& a, const Extent& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    });
    std::vector<std::byte> piece;
    const Extent* last = nullptr;
    for (const Extent& extent : covered_) {
      if (last != nullptr && extent.begin == last->begin && extent.end == last->end &&
          extent.is_chunk && last->is_chunk) {
        continue;  // a chunk that generations share
      }
      report_.chunks += extent.is_chunk;
      const std::uint64_t from = last == nullptr ? 0 : last->end;
      Require(CheckSite::kVerifyChain, from <= extent.begin, [&] {
        return Error(ErrorCode::kCorrupt, {.offset = extent.begin,
                                           .problem = "a part of one generation overlaps another",
                                           .advice = kCopyAgain});
      });
      for (std::uint64_t at = from; at < extent.begin; at += kGapPiece) {
        piece.resize(std::min(kGapPiece, extent.begin - at));
        file_.source->Read(at, piece);
        const auto set =
            std::find_if(piece.begin(), piece.end(), [](std::byte b) { return b != std::byte{0}; });
        Require(CheckSite::kVerifyGap, set == piece.end(), [&] {
          return Error(ErrorCode::kCorrupt,
                       {.offset = at + static_cast<std::uint64_t>(set - piece.begin()),
                        .problem = "a byte between the parts of the file is not zero",
                        .expected = "0",
                        .found = std::to_string(std::to_integer<int>(*set)),
                        .advice = kCopyAgain});
        });
      }
      last = &extent;
    }
  }

  const OpenedFile& file_;
  const ReadOptions& options_;
  std::vector<Extent> covered_;
  std::vector<Identity> verified_;  // sorted; kept only while there are earlier generations

  std::mutex mutex_;  // guards what follows while chunks are verified
  VerifyReport report_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

VerifyReport VerifyFile(const OpenedFile& file, const ReadOptions& options) {
  return Verification(file, options).Run();
}

}  // namespace statestone::reader
