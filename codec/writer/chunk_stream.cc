#include "codec/writer/chunk_stream.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "codec/bytes/checked.h"
#include "codec/bytes/hash.h"
#include "codec/chunk/chunk_codec.h"
#include "codec/container/head_tail.h"
#include "codec/pipeline/ordered_pipeline.h"

namespace statestone::writer {
namespace {

enum class Decision : std::uint8_t { kOpen, kRaw, kPlanes };

// A storage is stored raw if its first chunk would not shrink by 1.5 %: streamed and whole tensors
// then give the same bytes, and one chunk is all that must be coded in vain.
bool Shrinks(std::uint64_t raw, std::uint64_t coded) { return coded * 200 <= raw * 197; }

class ChunkStream {
 public:
  ChunkStream(const std::vector<PlannedStorage>& storages, const StorageBytes& bytes,
              const WriteOptions& options, const UnchangedChunks* unchanged, file::Output& output)
      : storages_(storages),
        bytes_(bytes),
        options_(options),
        unchanged_(unchanged),
        output_(output),
        decisions_(storages.size(), Decision::kOpen) {
    for (const PlannedStorage& storage : storages) total_ += storage.bytes;
  }

  WrittenChunks Run() {
    std::uint64_t chunks = 0;
    for (const PlannedStorage& storage : storages_) {
      chunks += bytes::CeilDivide(storage.bytes, storage.chunk_bytes());
    }
    // No more contexts than there is work for: most files are small.
    const std::size_t threads =
        std::clamp<std::uint64_t>(chunks, 1, pipeline::ResolveThreads(options_.threads));
    // While the calling thread writes or works on one item, the others must not run out of items.
    constexpr std::size_t kSpareSlots = 4;
    slots_.resize(threads == 1 ? 1 : 2 * threads + kSpareSlots);
    encoders_.resize(threads);
    pipeline::Steps steps;
    steps.fill = [this](std::size_t slot) { return Fill(slots_[slot]); };
    steps.work = [this](std::size_t slot, std::size_t worker) {
      Work(slots_[slot], encoders_[worker]);
    };
    steps.commit = [this](std::size_t slot) { Commit(slots_[slot]); };
    pipeline::RunOrdered(threads, slots_.size(), steps, options_.stop);
    for (std::size_t i = written_.storages.size(); i < storages_.size(); ++i) AddStorageRow(i);
    return std::move(written_);
  }

 private:
  struct Slot {
    std::uint32_t storage = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::vector<std::byte> scratch;
    chunk::ScratchBuffer coded;
    std::span<const std::byte> raw;
    std::span<const std::byte> stored;
    std::uint64_t stored_sum = 0;
    std::uint64_t decoded_sum = 0;
    std::optional<schema::Chunk> unchanged;  // its row, if nothing needs to be written
    reader::Scratch before;
  };

  bool Fill(Slot& slot) {
    while (next_storage_ < storages_.size() && next_offset_ >= storages_[next_storage_].bytes) {
      ++next_storage_;
      next_offset_ = 0;
    }
    if (next_storage_ == storages_.size()) return false;
    const PlannedStorage& storage = storages_[next_storage_];
    slot.storage = next_storage_;
    slot.begin = next_offset_;
    slot.end = std::min(storage.bytes, slot.begin + storage.chunk_bytes());
    next_offset_ = slot.end;
    if (bytes_.NeedsPieces(storage, slot.begin, slot.end)) {
      slot.scratch.assign(slot.end - slot.begin, std::byte{0});
      bytes_.ReadPieces(storage, slot.begin, slot.end, slot.scratch);
    }
    return true;
  }

  void Work(Slot& slot, chunk::Encoder& encoder) {
    try {
      Encode(slot, encoder);
    } catch (...) {
      // Whoever waits for this storage's decision must not wait for ever.
      if (slot.begin == 0) Decide(slot.storage, Decision::kRaw);
      throw;
    }
  }

  void Encode(Slot& slot, chunk::Encoder& encoder) {
    const PlannedStorage& storage = storages_[slot.storage];
    slot.raw = bytes_.Assemble(storage, slot.begin, slot.end, slot.scratch);
    slot.decoded_sum = bytes::Xxh3(slot.raw);
    if (FindUnchanged(slot)) {
      // As it would be written, should another chunk of a storage in one piece have changed.
      slot.stored = slot.raw;
      slot.stored_sum = slot.decoded_sum;
      return;
    }
    const chunk::Shape shape{storage.unit, storage.rotate};
    const auto encode = [&] {
      return encoder.Encode(slot.raw, shape, options_.verify_encoding, slot.coded);
    };
    if (slot.begin == 0) {
      Decision decision = Decision::kRaw;
      if (options_.compression == Compression::kAuto) {
        slot.stored = encode();
        if (Shrinks(slot.raw.size(), slot.stored.size())) decision = Decision::kPlanes;
      }
      if (decision == Decision::kRaw) slot.stored = slot.raw;
      Decide(slot.storage, decision);
    } else {
      slot.stored = WaitForDecision(slot.storage) == Decision::kPlanes ? encode() : slot.raw;
    }
    const bool same = slot.stored.data() == slot.raw.data();
    slot.stored_sum = same ? slot.decoded_sum : bytes::Xxh3(slot.stored);
  }

  // Whether the chunk can stay where it stood. The layout of a storage follows from its first
  // chunk, be that written or not.
  bool FindUnchanged(Slot& slot) {
    slot.unchanged.reset();
    if (unchanged_ == nullptr) return false;
    const auto layout = unchanged_->LayoutBefore(slot.storage);
    if (!layout) return false;
    const Decision before = *layout == StorageLayout::kRaw ? Decision::kRaw : Decision::kPlanes;
    if (slot.begin != 0 && WaitForDecision(slot.storage) != before) return false;
    slot.unchanged =
        unchanged_->Find(slot.storage, slot.begin / storages_[slot.storage].chunk_bytes(), slot.raw,
                         slot.decoded_sum, slot.before);
    if (slot.unchanged && slot.begin == 0) Decide(slot.storage, before);
    return slot.unchanged.has_value();
  }

  void Decide(std::uint32_t storage, Decision decision) {
    {
      const std::lock_guard lock(mutex_);
      decisions_[storage] = decision;
    }
    decided_.notify_all();
  }

  Decision WaitForDecision(std::uint32_t storage) {
    std::unique_lock lock(mutex_);
    decided_.wait(lock, [&] { return decisions_[storage] != Decision::kOpen; });
    return decisions_[storage];
  }

  void Commit(Slot& slot) {
    const PlannedStorage& storage = storages_[slot.storage];
    const bool raw = WaitForDecision(slot.storage) == Decision::kRaw;
    while (written_.storages.size() <= slot.storage) AddStorageRow(written_.storages.size());
    if (slot.begin == 0) {
      written_.storages.back().mutate_layout(raw ? 0 : 1);
      first_chunk_ = written_.chunks.size();
      all_kept_ = true;
    }
    const bool in_one_piece = unchanged_ != nullptr && unchanged_->StandsInOnePiece(slot.storage);
    if (in_one_piece && !slot.unchanged && all_kept_) WriteKeptAgain(slot);
    all_kept_ &= slot.unchanged.has_value();
    if (slot.unchanged && (all_kept_ || !in_one_piece)) {
      written_.chunks.push_back(*slot.unchanged);
      ++written_.unchanged;
    } else {
      const bool starts_large_raw =
          raw && slot.begin == 0 && storage.bytes >= container::kRawAlignmentFrom;
      WriteChunk(slot.stored, slot.stored_sum, slot.decoded_sum, starts_large_raw);
    }
    done_ += slot.end - slot.begin;
    if (options_.progress) options_.progress(done_, total_);
  }

  // What is stored raw stands in one piece: once a chunk of it has changed, those before it, which
  // had not, are copied from where they were.
  void WriteKeptAgain(Slot& slot) {
    const std::uint64_t kept = written_.chunks.size() - first_chunk_;
    written_.chunks.resize(first_chunk_);
    written_.unchanged -= kept;
    for (std::uint64_t k = 0; k < kept; ++k) {
      const auto stored = unchanged_->StoredBefore(slot.storage, k, slot.before);
      const std::uint64_t sum = bytes::Xxh3(stored);
      WriteChunk(stored, sum, sum,
                 k == 0 && storages_[slot.storage].bytes >= container::kRawAlignmentFrom);
    }
  }

  void WriteChunk(std::span<const std::byte> stored, std::uint64_t stored_sum,
                  std::uint64_t decoded_sum, bool starts_large_raw) {
    const std::uint64_t alignment =
        starts_large_raw ? container::kRawAlignment : container::kAlignment;
    output_.WriteZeros(bytes::AlignUp(output_.position(), alignment) - output_.position());
    written_.chunks.emplace_back(output_.position(), stored_sum, decoded_sum,
                                 static_cast<std::uint32_t>(stored.size()), 0u);
    output_.Write(stored);
  }

  // Storages without bytes have no chunk, but a row in their place.
  void AddStorageRow(std::size_t i) {
    const PlannedStorage& storage = storages_[i];
    written_.storages.emplace_back(
        storage.bytes, static_cast<std::uint32_t>(written_.chunks.size()), storage.unit,
        static_cast<std::uint8_t>(storage.rotate), storage.chunk_units_log2, std::uint8_t{0});
  }

  const std::vector<PlannedStorage>& storages_;
  const StorageBytes& bytes_;
  const WriteOptions& options_;
  const UnchangedChunks* unchanged_;
  file::Output& output_;

  std::vector<Slot> slots_;
  std::vector<chunk::Encoder> encoders_;  // one for each worker, so that each stays in its cache
  std::uint32_t next_storage_ = 0;
  std::uint64_t next_offset_ = 0;

  std::mutex mutex_;
  std::condition_variable decided_;
  std::vector<Decision> decisions_;

  WrittenChunks written_;
  std::size_t first_chunk_ = 0;  // of the storage that is written
  bool all_kept_ = true;         // whether all of its chunks so far stay where they were
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

WrittenChunks WriteChunks(const std::vector<PlannedStorage>& storages, const StorageBytes& bytes,
                          const WriteOptions& options, const UnchangedChunks* unchanged,
                          file::Output& output) {
  return ChunkStream(storages, bytes, options, unchanged, output).Run();
}

}  // namespace statestone::writer
