#include "interop/pt/index_check.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"

namespace statestone::pt {

IndexRule IndexRule::Below(std::vector<std::uint64_t> bounds, std::uint64_t run) {
  IndexRule rule;
  rule.run = run;
  rule.bounds = std::move(bounds);
  return rule;
}

IndexRule IndexRule::Rising(std::uint64_t run, std::uint64_t last, std::uint64_t step) {
  IndexRule rule;
  rule.rising = true;
  rule.run = run;
  rule.last = last;
  rule.step = step;
  return rule;
}

IndexCheck::IndexCheck(DType dtype, IndexRule rule)
    : rule_(std::move(rule)), element_bytes_(ElementBytes(dtype)) {}

void IndexCheck::Take(std::uint64_t offset, std::span<const std::byte> piece) {
  if (offset == 0) part_bytes_ = number_ = run_ = in_run_ = before_ = 0;
  while (!piece.empty()) {
    if (part_bytes_ == 0 && piece.size() >= element_bytes_) {
      TakeElement(piece.first(element_bytes_));
      piece = piece.subspan(element_bytes_);
      continue;
    }
    const std::size_t taken = std::min(element_bytes_ - part_bytes_, piece.size());
    std::memcpy(part_.data() + part_bytes_, piece.data(), taken);
    part_bytes_ += taken;
    piece = piece.subspan(taken);
    if (part_bytes_ < element_bytes_) return;
    part_bytes_ = 0;
    TakeElement(std::span(part_).first(element_bytes_));
  }
}

bool IndexCheck::Holds(std::int64_t index) const {
  if (index < 0) return false;
  const auto value = static_cast<std::uint64_t>(index);
  if (!rule_.rising) {
    const std::uint64_t last = rule_.bounds.size() - 1;
    return !rule_.bounds.empty() && value < rule_.bounds[std::min(run_, last)];
  }
  if (in_run_ == 0 && value != 0) return false;
  if (in_run_ == rule_.run - 1 && value != rule_.last) return false;
  return value >= before_ && value - before_ <= rule_.step;
}

void IndexCheck::TakeElement(std::span<const std::byte> element) {
  const std::int64_t index =
      element_bytes_ == 8 ? static_cast<std::int64_t>(bytes::Load<std::uint64_t>(element.data()))
                          : static_cast<std::int32_t>(bytes::Load<std::uint32_t>(element.data()));
  Require(CheckSite::kPtSparseIndex, Holds(index), [&] {
    return Error(
        ErrorCode::kCorrupt,
        {.problem = rule_.rising ? "the compressed indices of a sparse tensor do not rise from 0 "
                                   "to its number of values"
                                 : "an index of a sparse tensor lies outside of it",
         .found = std::to_string(index) + ", index " + std::to_string(number_),
         .advice = "make the tensor anew: torch itself does not look at its indices"});
  });
  before_ = static_cast<std::uint64_t>(index);
  ++number_;
  if (++in_run_ < rule_.run) return;
  in_run_ = before_ = 0;
  ++run_;
}

}  // namespace statestone::pt
