// A caller's own source of bytes, over bytes in memory, that a test can make misbehave.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "statestone/byte_source.h"

namespace statestone::faults {

class MemoryByteSource : public ByteSource {
 public:
  explicit MemoryByteSource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t size() const override { return said_size.value_or(bytes_.size()); }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    ++reads;
    if (out.empty()) ++empty_reads;
    if (before_read) before_read(offset, out.size());
    const std::uint64_t end = std::min<std::uint64_t>(offset + out.size(), bytes_.size());
    const std::size_t count = offset < end ? end - offset : 0;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, end)), count,
                out.begin());
    return said_count.value_or(count);
  }

  std::string name() const override { return "store://bucket/model"; }

  std::optional<std::uint64_t> said_size;
  std::optional<std::size_t> said_count;
  std::function<void(std::uint64_t offset, std::size_t size)> before_read;
  mutable std::atomic<std::size_t> reads = 0;
  mutable std::atomic<std::size_t> empty_reads = 0;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace statestone::faults
