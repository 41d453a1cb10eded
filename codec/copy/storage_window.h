// Reads storages in small pieces at the cost of large ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statestone/reader.h"

namespace statestone::copy {

/// Keeps the decoded bytes around the last piece: pieces smaller than a chunk then cost no decoding
/// each, and one larger read is decoded by several threads. Not thread-safe.
class StorageWindow {
 public:
  explicit StorageWindow(const Reader& reader) : reader_(reader) {}

  /// Bytes [offset, offset + out.size()) of a storage. \throws Error as ReadStorageRange
  void Read(std::uint32_t storage, std::uint64_t offset, std::span<std::byte> out);

 private:
  void MoveTo(std::uint32_t storage, std::uint64_t offset);

  Reader reader_;
  std::uint32_t storage_ = 0;
  std::uint64_t begin_ = 0;
  std::vector<std::byte> bytes_;
};

}  // namespace statestone::copy
