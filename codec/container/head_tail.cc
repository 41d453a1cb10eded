#include "codec/container/head_tail.h"

#include <cstring>
#include <string>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/container/index_coding.h"
#include "codec/container/recognize.h"
#include "codec/text/hex.h"
#include "statestone/limits.h"
#include "statestone/version.h"

namespace statestone::container {
namespace {

using bytes::Load;
using bytes::Store;

constexpr const char* kCopyAgain = "the file is damaged, copy it again from where it is whole";
constexpr const char* kCutOff =
    "it was cut off or is still being written: wait for the writer or copy it again; "
    "`statestone recover FILE` finds what is whole in it";
constexpr const char* kDamagedTail =
    "the file is damaged, copy it again from where it is whole; `statestone recover FILE` finds "
    "the "
    "last generation that is";
constexpr const char* kNewerVersion =
    "it was written by a newer version of Statestone: update this program";

Error Incomplete(std::uint64_t file_bytes) {
  return {ErrorCode::kIncomplete,
          {.problem = "the file does not end in a tail",
           .found = std::to_string(file_bytes) + " bytes",
           .advice = kCutOff}};
}

bool AllZero(std::span<const std::byte> bytes) {
  for (const std::byte b : bytes) {
    if (b != std::byte{0}) return false;
  }
  return true;
}

}  // namespace

std::array<std::byte, kHeadBytes> EncodeHead() {
  std::array<std::byte, kHeadBytes> head{};
  std::memcpy(head.data(), kMagic.data(), kMagic.size());
  Store<std::uint32_t>(&head[8], kFormatVersion);
  Store<std::uint64_t>(&head[56], bytes::Xxh3(std::span(head).first(56)));
  return head;
}

void CheckHead(std::span<const std::byte> first, std::uint64_t file_bytes) {
  const std::size_t magic_bytes = std::min(first.size(), kMagic.size());
  const bool magic = !first.empty() && std::memcmp(first.data(), kMagic.data(), magic_bytes) == 0;
  Require(CheckSite::kOpenMagic, magic, [&] {
    const Recognized seems = Recognize(first);
    return Error(
        ErrorCode::kNotStatestone,
        {.problem = "this is not a .stone file", .found = seems.what, .advice = seems.advice});
  });
  Require(CheckSite::kHeadSize, first.size() >= kHeadBytes, [&] { return Incomplete(file_bytes); });
  const std::uint64_t stored = Load<std::uint64_t>(&first[56]);
  const std::uint64_t computed = bytes::Xxh3(first.first(56));
  Require(CheckSite::kHeadSum, stored == computed, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = 0,
                                       .problem = "checksum mismatch in the head",
                                       .expected = text::HexNumber(stored),
                                       .found = text::HexNumber(computed),
                                       .advice = kCopyAgain});
  });
  const auto version = Load<std::uint32_t>(&first[8]);
  Require(CheckSite::kHeadVersion, version == kFormatVersion, [&] {
    return Error(ErrorCode::kUnsupported, {.offset = 8,
                                           .problem = "the file has another format version",
                                           .expected = std::to_string(kFormatVersion),
                                           .found = std::to_string(version),
                                           .advice = kNewerVersion});
  });
  Require(CheckSite::kHeadReserved, AllZero(first.subspan(12, 44)), [&] {
    return Error(
        ErrorCode::kUnsupported,
        {.offset = 12, .problem = "reserved bytes of the head are set", .advice = kNewerVersion});
  });
}

void CheckFileSize(std::uint64_t file_bytes) {
  Require(CheckSite::kTailPlace,
          file_bytes >= kHeadBytes + kTailBytes && file_bytes % kAlignment == 0,
          [&] { return Incomplete(file_bytes); });
}

std::array<std::byte, kTailBytes> EncodeTail(const Tail& tail) {
  std::array<std::byte, kTailBytes> out{};
  Store<std::uint64_t>(&out[0], tail.index_offset);
  Store<std::uint64_t>(&out[8], tail.index_stored_bytes);
  Store<std::uint64_t>(&out[16], tail.index_raw_bytes);
  Store<std::uint32_t>(&out[24], tail.index_coding);
  Store<std::uint64_t>(&out[32], tail.index_sum.low);
  Store<std::uint64_t>(&out[40], tail.index_sum.high);
  Store<std::uint64_t>(&out[48], tail.generation);
  Store<std::uint64_t>(&out[56], tail.end_offset);
  Store<std::uint64_t>(&out[64], tail.previous);
  Store<std::uint64_t>(&out[72], tail.previous_sum);
  Store<std::uint64_t>(&out[112], bytes::Xxh3(std::span(out).first(112)));
  std::memcpy(&out[120], kClosingMagic.data(), kClosingMagic.size());
  return out;
}

Tail DecodeTail(std::span<const std::byte, kTailBytes> in, std::uint64_t tail_offset) {
  const std::uint64_t end = tail_offset + kTailBytes;
  Require(CheckSite::kTailMagic,
          std::memcmp(&in[120], kClosingMagic.data(), kClosingMagic.size()) == 0,
          [&] { return Incomplete(end); });
  const auto corrupt = [&](std::uint64_t at, std::string problem, std::string expected,
                           std::string found) {
    return Error(ErrorCode::kCorrupt, {.offset = tail_offset + at,
                                       .problem = std::move(problem),
                                       .expected = std::move(expected),
                                       .found = std::move(found),
                                       .advice = kCopyAgain});
  };
  Tail tail;
  tail.sum = Load<std::uint64_t>(&in[112]);
  const std::uint64_t computed = bytes::Xxh3(in.first(112));
  Require(CheckSite::kTailSum, tail.sum == computed, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = tail_offset + 112,
                                       .problem = "checksum mismatch in the tail",
                                       .expected = text::HexNumber(tail.sum),
                                       .found = text::HexNumber(computed),
                                       .advice = kDamagedTail});
  });
  tail.index_offset = Load<std::uint64_t>(&in[0]);
  tail.index_stored_bytes = Load<std::uint64_t>(&in[8]);
  tail.index_raw_bytes = Load<std::uint64_t>(&in[16]);
  tail.index_coding = Load<std::uint32_t>(&in[24]);
  tail.index_sum = {Load<std::uint64_t>(&in[32]), Load<std::uint64_t>(&in[40])};
  tail.generation = Load<std::uint64_t>(&in[48]);
  tail.end_offset = Load<std::uint64_t>(&in[56]);
  tail.previous = Load<std::uint64_t>(&in[64]);
  tail.previous_sum = Load<std::uint64_t>(&in[72]);

  // A whole file may lie in the payload: where this one was cut behind that, the tail is not its
  // own, and says nothing of it.
  Require(CheckSite::kTailEnd, tail.end_offset == end, [&] {
    return Error(ErrorCode::kIncomplete,
                 {.offset = tail_offset + 56,
                  .problem = "the tail belongs at another place of the file",
                  .expected = "end at " + std::to_string(end),
                  .found = std::to_string(tail.end_offset),
                  .advice = kCutOff});
  });
  Require(CheckSite::kTailReserved, AllZero(in.subspan(28, 4)) && AllZero(in.subspan(80, 32)), [&] {
    return Error(ErrorCode::kUnsupported, {.offset = tail_offset,
                                           .problem = "reserved bytes of the tail are set",
                                           .advice = kNewerVersion});
  });
  const bool coded = tail.index_coding == kIndexFrame;
  Require(CheckSite::kTailCoding, coded || tail.index_coding == kIndexRaw, [&] {
    return Error(ErrorCode::kUnsupported, {.offset = tail_offset + 24,
                                           .problem = "unknown coding of the index",
                                           .expected = "0 or 1",
                                           .found = std::to_string(tail.index_coding),
                                           .advice = kNewerVersion});
  });
  Require(CheckSite::kIndexSize, tail.index_raw_bytes <= limits::kIndexBytes, [&] {
    return Error(ErrorCode::kLimit, {.offset = tail_offset + 16,
                                     .problem = "the index is larger than the format allows",
                                     .expected = "at most " + std::to_string(limits::kIndexBytes),
                                     .found = std::to_string(tail.index_raw_bytes)});
  });
  // Before anything is allocated for it: what a small file makes a reader allocate stays small.
  const std::uint64_t least = bytes::CeilDivide(tail.index_raw_bytes, limits::kIndexExpansion);
  Require(CheckSite::kIndexExpansion, !coded || tail.index_stored_bytes >= least, [&] {
    return Error(ErrorCode::kLimit,
                 {.offset = tail_offset + 16,
                  .problem = "the coded index would expand more than the format allows",
                  .expected = "at most " + std::to_string(limits::kIndexExpansion) + " times its " +
                              std::to_string(tail.index_stored_bytes) + " bytes",
                  .found = std::to_string(tail.index_raw_bytes)});
  });
  Require(CheckSite::kIndexSizes,
          coded ? tail.index_stored_bytes < tail.index_raw_bytes
                : tail.index_stored_bytes == tail.index_raw_bytes,
          [&] {
            return corrupt(8, "the two sizes of the index do not go with its coding",
                           (coded ? "fewer than " : "") + std::to_string(tail.index_raw_bytes),
                           std::to_string(tail.index_stored_bytes));
          });
  const auto index_end = bytes::CheckedAdd(tail.index_offset, tail.index_stored_bytes);
  const auto tail_place = index_end ? bytes::CheckedAlignUp(*index_end, kAlignment) : std::nullopt;
  Require(CheckSite::kIndexPlace,
          tail.index_offset % kAlignment == 0 && tail.index_offset >= kHeadBytes &&
              tail_place == tail_offset,
          [&] {
            return corrupt(0, "the index does not end where the tail starts",
                           std::to_string(tail_offset),
                           std::to_string(tail.index_offset) + " + " +
                               std::to_string(tail.index_stored_bytes));
          });
  const bool first = tail.generation == 1;
  Require(
      CheckSite::kTailGeneration,
      tail.generation >= 1 && first == (tail.previous == 0) && (!first || tail.previous_sum == 0),
      [&] {
        return corrupt(48, "the generation does not fit the tail before",
                       first ? "no tail before generation 1" : "a generation of 1 or more",
                       "generation " + std::to_string(tail.generation) + ", previous tail at " +
                           std::to_string(tail.previous));
      });
  if (!first) {
    Require(CheckSite::kTailPrevious,
            tail.previous % kAlignment == 0 && tail.previous >= kHeadBytes &&
                tail.previous <= tail.index_offset &&
                tail.index_offset - tail.previous >= kTailBytes,
            [&] {
              return corrupt(64, "the previous tail lies outside the part before this index",
                             "below " + std::to_string(tail.index_offset),
                             std::to_string(tail.previous));
            });
  }
  return tail;
}

}  // namespace statestone::container
