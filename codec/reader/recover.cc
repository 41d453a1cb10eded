#include "codec/reader/recover.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "codec/check/require.h"
#include "codec/pipeline/cancellation.h"
#include "statestone/limits.h"

namespace statestone::reader {
namespace {

using container::kAlignment;
using container::kTailBytes;

constexpr std::uint64_t kPiece = 1 << 20;

// What looking at candidates may read in all: some files' worth, since each candidate's index could
// reach back to the start.
constexpr std::uint64_t kPassesOverFile = 4;
constexpr std::uint64_t kAlwaysAllowed = 2 * limits::kIndexBytes;

class Search {
 public:
  Search(std::shared_ptr<file::ByteSource> source, const std::stop_token& stop)
      : source_(std::move(source)),
        stop_(stop),
        budget_(kPassesOverFile * source_->size() + kAlwaysAllowed) {}

  OpenedFile Run() {
    CheckHead();
    const std::uint64_t size = source_->size();
    // Tails that end in [from, to) by the place of their last byte, piece by piece from the end.
    for (std::uint64_t to = size / kAlignment * kAlignment;
         to >= container::kHeadBytes + kTailBytes;) {
      pipeline::ThrowIfStopped(stop_);
      const std::uint64_t from = std::max<std::uint64_t>(container::kHeadBytes + kAlignment,
                                                         to > kPiece ? to - kPiece : 0) /
                                 kAlignment * kAlignment;
      if (auto found = LookBetween(from, to)) return std::move(*found);
      to = from;
    }
    throw Error(ErrorCode::kIncomplete,
                {.problem = "no generation in the file is complete",
                 .found = std::to_string(size) + " bytes",
                 .advice = "there is nothing to recover: copy the file again"});
  }

 private:
  void CheckHead() {
    std::array<std::byte, container::kHeadBytes> head;
    const auto first = std::span(head).first(std::min<std::uint64_t>(source_->size(), head.size()));
    source_->Read(0, first);
    container::CheckHead(first, source_->size());
  }

  // Candidates whose closing magic lies in [from, to), both multiples of 64, the last first.
  std::optional<OpenedFile> LookBetween(std::uint64_t from, std::uint64_t to) {
    piece_.resize(to - from);
    source_->Read(from, piece_);
    for (std::uint64_t end = to; end > from; end -= kAlignment) {
      const std::byte* magic = piece_.data() + (end - from) - container::kClosingMagic.size();
      if (std::memcmp(magic, container::kClosingMagic.data(), container::kClosingMagic.size()) !=
          0) {
        continue;
      }
      if (end < container::kHeadBytes + kTailBytes) continue;
      if (auto found = Try(end)) return found;
    }
    return std::nullopt;
  }

  std::optional<OpenedFile> Try(std::uint64_t end) {
    std::uint64_t raw_bytes = 0;
    try {
      const container::Tail tail = ReadTail(*source_, end - kTailBytes);
      Spend(tail.index_stored_bytes);
      raw_bytes = tail.index_raw_bytes;
      container::Index index = container::Index::Load(*source_, tail);
      for (container::Tail earlier = tail; earlier.previous != 0;) {
        Spend(kTailBytes);
        earlier = ReadPreviousTail(*source_, earlier);
      }
      return OpenedFile{file::Prefix(source_, end), tail, std::move(index)};
    } catch (const Error& error) {
      // Whatever is wrong with it, an earlier one may be whole.
      const bool is_verdict =
          error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported ||
          error.code() == ErrorCode::kIncomplete || error.code() == ErrorCode::kLimit;
      if (!is_verdict || out_of_budget_) throw;
      // What a tail merely claims costs nothing: only a true sum lets an index be decoded.
      if (error.fields().problem != container::kIndexSumProblem) Spend(raw_bytes);
      return std::nullopt;
    }
  }

  void Spend(std::uint64_t bytes) {
    out_of_budget_ = bytes > budget_;
    Require(CheckSite::kRecoverBudget, !out_of_budget_, [] {
      return Error(ErrorCode::kLimit,
                   {.problem = "the file has more false tails than an unfinished write leaves",
                    .advice = "it was made to look like this: do not trust it"});
    });
    budget_ -= std::min(bytes, budget_);
  }

  std::shared_ptr<file::ByteSource> source_;
  const std::stop_token& stop_;
  std::uint64_t budget_;
  bool out_of_budget_ = false;
  std::vector<std::byte> piece_;
};

}  // namespace

OpenedFile OpenLastComplete(std::shared_ptr<file::ByteSource> source, const std::stop_token& stop) {
  return Search(std::move(source), stop).Run();
}

}  // namespace statestone::reader
