// Reads the head of a GGUF file from front to back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"

namespace statestone::gguf {

/// A place in a file that only moves forward. Reads through a window of 64 KiB. Not thread-safe.
class Cursor {
 public:
  explicit Cursor(std::shared_ptr<const file::ByteSource> source) : source_(std::move(source)) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return source_->size() - position_; }
  const std::shared_ptr<const file::ByteSource>& source() const { return source_; }

  /// A little-endian integer. \throws Error corrupt when the file ends before, io
  template <std::unsigned_integral T>
  T Read() {
    T value;
    Take(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  /// A length of 64 bits and as many bytes, which count against `budget`.
  /// \throws Error corrupt, limit, io
  std::string ReadText(std::uint64_t& budget);

  /// \throws Error corrupt when the file ends before
  void Skip(std::uint64_t bytes);

  /// \throws Error corrupt unless `count` items of at least `item_bytes` each can follow
  void RequireRoom(std::uint64_t count, std::uint64_t item_bytes, const char* what) const;

 private:
  void Take(std::span<std::byte> out);

  std::shared_ptr<const file::ByteSource> source_;
  std::uint64_t position_ = 0;
  std::uint64_t window_start_ = 0;
  std::vector<std::byte> window_;
};

}  // namespace statestone::gguf
