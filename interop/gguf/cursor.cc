#include "interop/gguf/cursor.h"

#include <algorithm>
#include <cstring>

#include "codec/check/require.h"

namespace statestone::gguf {
namespace {

constexpr std::uint64_t kWindow = 64u << 10;

Error CutOff(std::uint64_t offset, std::string expected, std::uint64_t left) {
  return Error(ErrorCode::kCorrupt, {.offset = offset,
                                     .problem = "the head of the GGUF file reaches past its end",
                                     .expected = std::move(expected),
                                     .found = std::to_string(left) + " bytes",
                                     .advice = "the file is damaged or cut off: copy it again"});
}

}  // namespace

std::string Cursor::ReadText(std::uint64_t& budget) {
  const std::uint64_t at = position_;
  const auto size = Read<std::uint64_t>();
  RequireRoom(size, 1, "bytes of text");
  Require(CheckSite::kGgufBudget, size <= budget, [&] {
    return Error(ErrorCode::kLimit,
                 {.offset = at,
                  .problem = "the texts of the GGUF file are too long",
                  .expected = "at most " + std::to_string(budget) + " bytes more",
                  .found = std::to_string(size)});
  });
  budget -= std::min(size, budget);
  std::string text(size, '\0');
  Take(std::as_writable_bytes(std::span(text)));
  return text;
}

void Cursor::Skip(std::uint64_t bytes) {
  RequireRoom(bytes, 1, "bytes");
  position_ += bytes;
}

void Cursor::RequireRoom(std::uint64_t count, std::uint64_t item_bytes, const char* what) const {
  Require(CheckSite::kGgufCut, count <= left() / item_bytes,
          [&] { return CutOff(position_, std::to_string(count) + " " + what, left()); });
}

void Cursor::Take(std::span<std::byte> out) {
  RequireRoom(out.size(), 1, "bytes");
  while (!out.empty()) {
    if (position_ < window_start_ || position_ >= window_start_ + window_.size()) {
      window_.resize(std::min(kWindow, left()));
      source_->Read(position_, window_);
      window_start_ = position_;
    }
    const std::uint64_t at = position_ - window_start_;
    const std::uint64_t size = std::min<std::uint64_t>(out.size(), window_.size() - at);
    std::memcpy(out.data(), window_.data() + at, size);
    out = out.subspan(size);
    position_ += size;
  }
}

}  // namespace statestone::gguf
