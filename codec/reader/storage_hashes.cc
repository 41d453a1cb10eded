#include "codec/reader/storage_hashes.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "codec/bytes/sha256.h"
#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "codec/pipeline/cancellation.h"
#include "codec/pipeline/ordered_pipeline.h"

namespace statestone::reader {
namespace {

// Storages up to this size are decoded once for all their tensors: packs hold a thousand of them.
constexpr std::uint64_t kWholeStorageBytes = 1 << 20;
constexpr std::uint64_t kPieceBytes = 1 << 20;

class Hasher {
 public:
  Hasher(const file::ByteSource& source, const container::Index& index, const ReadOptions& options)
      : index_(index), options_(options), serial_(options), chunks_(source, index, serial_) {
    // Each job reads on its own; they run beside one another.
    serial_.threads = 1;
  }

  ContentHashes Run(std::span<const std::uint32_t> tensors,
                    std::span<const std::uint32_t> storages) {
    ContentHashes hashes;
    hashes.tensors.resize(index_.tensors.size());
    hashes.storages.resize(index_.storages.size());
    std::vector<std::uint32_t> by_storage(tensors.begin(), tensors.end());
    std::sort(by_storage.begin(), by_storage.end(), [&](std::uint32_t a, std::uint32_t b) {
      return index_.tensors[a].storage() < index_.tensors[b].storage();
    });
    std::vector<std::span<const std::uint32_t>> jobs;
    for (std::size_t begin = 0; begin < by_storage.size();) {
      std::size_t end = begin;
      const std::uint32_t storage = index_.tensors[by_storage[begin]].storage();
      const bool small = index_.storages[storage].bytes() <= kWholeStorageBytes;
      while (end < by_storage.size() && index_.tensors[by_storage[end]].storage() == storage &&
             (small || end == begin)) {
        total_ += index_.tensor_info(by_storage[end]).bytes;
        ++end;
      }
      jobs.push_back(std::span(by_storage).subspan(begin, end - begin));
      begin = end;
    }
    for (const std::uint32_t s : storages) total_ += index_.storages[s].bytes();
    pipeline::ParallelFor(
        options_.threads, jobs.size() + storages.size(),
        [&](std::size_t job, std::size_t) {
          if (job < jobs.size()) {
            HashTensors(jobs[job], hashes.tensors);
          } else {
            const std::uint32_t s = storages[job - jobs.size()];
            hashes.storages[s] = HashRange(s, 0, index_.storages[s].bytes());
          }
        },
        options_.stop);
    return hashes;
  }

 private:
  void HashTensors(std::span<const std::uint32_t> tensors, std::vector<Digest>& out) {
    const std::uint32_t storage = index_.tensors[tensors.front()].storage();
    const std::uint64_t bytes = index_.storages[storage].bytes();
    std::vector<std::byte> whole;
    if (bytes <= kWholeStorageBytes) {
      whole.resize(bytes);
      const RangeRequest request{storage, 0, whole};
      chunks_.Read({&request, 1});
    }
    for (const std::uint32_t i : tensors) {
      const TensorInfo info = index_.tensor_info(i);
      Require(CheckSite::kReadDtype, info.dtype != nullptr, [&] {
        return Error(ErrorCode::kUnsupported,
                     {.entry = std::string(info.name),
                      .problem = "the tensor has a dtype that this version does not have",
                      .found = std::string(info.dtype_name)});
      });
      if (!info.strides.empty()) {
        out[i] = HashStrided(info, whole);
      } else if (!whole.empty()) {
        bytes::Sha256 sha;
        sha.Update(std::span(whole).subspan(info.offset, info.bytes));
        out[i] = sha.Finish();
        Advance(info.bytes);
      } else {
        out[i] = HashRange(storage, info.offset, info.bytes);
      }
    }
  }

  Digest HashRange(std::uint32_t storage, std::uint64_t begin, std::uint64_t size) {
    bytes::Sha256 sha;
    std::vector<std::byte> piece;
    const std::uint64_t end = begin + size;
    const std::uint64_t step = std::max(kPieceBytes, index_.chunk_bytes(index_.storages[storage]));
    while (begin < end) {
      // Pieces end where chunks do, so that no chunk is decoded twice.
      const std::uint64_t next = std::min(end, (begin / step + 1) * step);
      piece.resize(next - begin);
      const RangeRequest request{storage, begin, piece};
      chunks_.Read({&request, 1});
      sha.Update(piece);
      Advance(piece.size());
      begin = next;
    }
    return sha.Finish();
  }

  Digest HashStrided(const TensorInfo& info, std::span<const std::byte> whole) {
    std::unique_ptr<std::byte[]> extent;
    const std::byte* base = whole.data() + info.offset;
    if (whole.empty() && info.extent_bytes != 0) {
      extent = std::make_unique_for_overwrite<std::byte[]>(info.extent_bytes);
      const RangeRequest request{info.storage, info.offset, {extent.get(), info.extent_bytes}};
      chunks_.Read({&request, 1});
      base = extent.get();
    }
    const layout::Layout layout{info.shape, info.strides, info.element_bytes};
    bytes::Sha256 sha;
    const std::uint64_t step = kPieceBytes / info.element_bytes;
    std::vector<std::byte> piece;
    for (std::uint64_t first = 0; first < info.elements; first += step) {
      // A tensor may be far larger than its storage, by strides of zero.
      pipeline::ThrowIfStopped(options_.stop);
      const std::uint64_t count = std::min(step, info.elements - first);
      piece.resize(count * info.element_bytes);
      layout::GatherRowMajor(layout, base, first, count, piece.data());
      sha.Update(piece);
      Advance(piece.size());
    }
    return sha.Finish();
  }

  void Advance(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += bytes;
    if (options_.progress) options_.progress(done_, total_);
  }

  const container::Index& index_;
  const ReadOptions& options_;
  ReadOptions serial_;
  ChunkReader chunks_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

ContentHashes HashContent(const file::ByteSource& source, const container::Index& index,
                          const ReadOptions& options, std::span<const std::uint32_t> tensors,
                          std::span<const std::uint32_t> storages) {
  return Hasher(source, index, options).Run(tensors, storages);
}

}  // namespace statestone::reader
