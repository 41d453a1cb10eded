#include "interop/zip/record_sum.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "codec/check/require.h"

namespace statestone::zip {
namespace {

constexpr std::size_t kPiece = 1u << 20;

std::string Hex(std::uint32_t sum) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", sum);
  return text;
}

}  // namespace

void RunningSum::Add(std::span<const std::byte> piece) {
  if (!record_->sum) return;
  sum_ = static_cast<std::uint32_t>(
      crc32_z(sum_, reinterpret_cast<const Bytef*>(piece.data()), piece.size()));
  done_ += piece.size();
  Require(CheckSite::kZipSum, done_ != record_->bytes || sum_ == *record_->sum, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = record_->offset,
                                       .problem = record_->name + ": CRC-32 mismatch",
                                       .expected = Hex(*record_->sum),
                                       .found = Hex(sum_),
                                       .advice = "the file is damaged: copy or download it again"});
  });
}

void CheckSum(const Record& record, std::span<const std::byte> bytes) {
  RunningSum(record).Add(bytes);
}

void ReadAndCheckSum(const Record& record, const std::stop_token& stop) {
  if (!record.sum) return;
  RunningSum sum(record);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(kPiece, record.bytes));
  for (std::uint64_t done = 0; done < record.bytes;) {
    if (stop.stop_requested()) {
      throw Error(ErrorCode::kCanceled, {.problem = "the conversion was stopped"});
    }
    const auto piece =
        std::span(buffer).first(std::min<std::uint64_t>(kPiece, record.bytes - done));
    record.positioned->Read(record.offset + done, piece);
    sum.Add(piece);
    done += piece.size();
  }
}

}  // namespace statestone::zip
