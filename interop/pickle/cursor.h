// Bytes of a pickle, read in order and never past its end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "interop/pickle/bounds.h"

namespace statestone::pickle {

/// `position` counts from the start of the pickle; errors carry `file_offset + position`.
class Cursor {
 public:
  /// Of `bytes` no more than kPickleBytes are read.
  Cursor(std::span<const std::byte> bytes, std::uint64_t file_offset)
      : bytes_(bytes.first(std::min<std::uint64_t>(bytes.size(), kPickleBytes))),
        file_offset_(file_offset),
        more_(bytes.size() > kPickleBytes) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t file_offset() const { return file_offset_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

  /// Position behind the next `size` bytes, which are there. \throws Error corrupt
  std::uint64_t Skip(std::uint64_t size) {
    RequireThere(size, "the pickle ends inside an object");
    position_ += size;
    return position_;
  }

  /// \throws Error corrupt, or limit when the bytes are there and beyond kPickleBytes
  void RequireThere(std::uint64_t size, const char* problem) const {
    Require(CheckSite::kPickleSize, size <= remaining() || !more_, [] {
      return Error(ErrorCode::kLimit, {.problem = "the pickle is too large",
                                       .expected = std::to_string(kPickleBytes) + " bytes",
                                       .advice = "split the checkpoint into several files"});
    });
    Require(CheckSite::kPickleEnd, size <= remaining(), [&] {
      return Corrupt(problem, std::to_string(size) + " more bytes", std::to_string(remaining()));
    });
  }

  template <typename T>
  T Take() {
    Skip(sizeof(T));
    return bytes::Load<T>(bytes_.data() + position_ - sizeof(T));
  }

  /// The text before the next line feed, which is skipped. \throws Error corrupt
  std::string_view TakeLine() {
    const std::string_view rest = View(position_, remaining());
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos && more_) RequireThere(remaining() + 1, "");
    Require(CheckSite::kPickleLine, end != std::string_view::npos,
            [&] { return Corrupt("the pickle ends inside a line of text"); });
    position_ += end + 1;
    return rest.substr(0, end);
  }

  std::string_view View(std::uint64_t offset, std::uint64_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, size};
  }

  Error Corrupt(std::string problem, std::string expected = {}, std::string found = {}) const {
    return CorruptAt(position_, std::move(problem), std::move(expected), std::move(found));
  }

  Error CorruptAt(std::uint64_t position, std::string problem, std::string expected = {},
                  std::string found = {}) const {
    return Error(ErrorCode::kCorrupt,
                 {.offset = file_offset_ + position,
                  .problem = std::move(problem),
                  .expected = std::move(expected),
                  .found = std::move(found),
                  .advice = "the pickle of this checkpoint is damaged: copy the file again"});
  }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t file_offset_;
  bool more_;  // there are bytes behind those
  std::uint64_t position_ = 0;
};

}  // namespace statestone::pickle
