#include "codec/container/index_coding.h"

#include <algorithm>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/chunk/zstd_frame.h"
#include "statestone/error.h"
#include "statestone/limits.h"

namespace statestone::container {
namespace {

// A tenth: less is not worth the decoding at each opening.
bool PaysOff(std::size_t stored, std::size_t raw) {
  return stored <= raw - bytes::CeilDivide(raw, 10) &&
         bytes::CeilDivide(raw, limits::kIndexExpansion) <= stored;
}

void RequireSame(std::span<const std::byte> frame, std::span<const std::byte> raw) {
  const auto decoded = std::make_unique_for_overwrite<std::byte[]>(raw.size());
  DecodeIndex(frame, 0, {decoded.get(), raw.size()});
  const auto difference = std::mismatch(raw.begin(), raw.end(), decoded.get()).first;
  if (difference == raw.end()) return;
  throw Error(
      ErrorCode::kCorrupt,
      {.problem = "the index does not decode to the bytes it was made from, first at byte " +
                  std::to_string(difference - raw.begin()),
       .advice = "nothing was damaged on disk: check this machine's memory"});
}

}  // namespace

StoredIndex EncodeIndex(std::span<const std::byte> raw, bool may_code) {
  StoredIndex stored{raw, kIndexRaw, nullptr};
  if (!may_code) return stored;
  auto frame =
      std::make_unique_for_overwrite<std::byte[]>(chunk::FrameCompressor::Bound(raw.size()));
  const std::size_t size =
      chunk::FrameCompressor(chunk::Redundancy::kRepeats).Compress(raw, frame.get());
  if (!PaysOff(size, raw.size())) return stored;
  stored.bytes = {frame.get(), size};
  stored.coding = kIndexFrame;
  stored.frame = std::move(frame);
  RequireSame(stored.bytes, raw);
  return stored;
}

void DecodeIndex(std::span<const std::byte> stored, std::uint64_t offset,
                 std::span<std::byte> raw) {
  try {
    chunk::FrameDecompressor().Decompress(stored, offset, raw.data(), raw.size());
  } catch (const Error& error) {
    ErrorFields fields = error.fields();
    fields.problem = "the index cannot be decoded: " + fields.problem;
    throw Error(error.code(), std::move(fields));
  }
}

}  // namespace statestone::container
