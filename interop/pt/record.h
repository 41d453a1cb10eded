// Bytes of one part of a checkpoint file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "codec/file/byte_source.h"

namespace statestone::pt {

/// Where the bytes of a record are, after inflating where that was needed.
struct Record {
  std::shared_ptr<const file::ByteSource> positioned;  ///< for reading piece by piece
  std::shared_ptr<const file::ByteSource> mapped;      ///< for bytes in place
  std::uint64_t offset = 0;                            ///< in both
  std::uint64_t bytes = 0;
  std::string name;  ///< "zip entry archive/data/0", for errors
  std::string path;  ///< of the file, for errors

  /// CRC-32 that the bytes must have; nothing where the writer made none, or it is checked already.
  std::optional<std::uint32_t> sum;

  std::span<const std::byte> in_place() const { return mapped->bytes().subspan(offset, bytes); }
};

}  // namespace statestone::pt
