// SHA-256 of tensors and attachments, in parallel over storages.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/reader/chunk_reader.h"
#include "statestone/reader.h"

namespace statestone::reader {

struct ContentHashes {
  std::vector<Digest> tensors;   ///< by tensor; zero for those not asked for
  std::vector<Digest> storages;  ///< by storage; zero for those not asked for
};

/// Hashes the row-major elements of each of `tensors` (no index twice) and all bytes of each of
/// `storages`.
ContentHashes HashContent(const file::ByteSource& source, const container::Index& index,
                          const ReadOptions& options, std::span<const std::uint32_t> tensors,
                          std::span<const std::uint32_t> storages);

}  // namespace statestone::reader
