// The directory of a zip file: where the bytes of every entry are. A reader of its own, because
// minizip 1.1 misreads the sizes of zip64 where long has 64 bits, and checkpoints beyond 4 GiB need
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace statestone::zip {

struct ZipEntry {
  std::string name;
  std::uint64_t offset = 0;        ///< of its stored bytes in the file, behind its local header
  std::uint64_t stored_bytes = 0;  ///< in the file
  std::uint64_t bytes = 0;         ///< after inflating; equal for what is not deflated
  std::uint32_t sum = 0;           ///< CRC-32 of the bytes; 0 where the writer made none
  bool deflated = false;
};

/// Reads the whole directory and checks it: every entry's bytes lie in the file behind a local
/// header of the same name, no two entries share bytes or a name, nothing is encrypted, and sizes
/// are such that the entry can have them. Zip64, entries in any order and bytes before the archive
/// are fine. Cost: one pass over the directory and the local headers, about a microsecond an entry.
/// \throws Error corrupt; unsupported for encryption, split archives, and methods but stored and
/// deflated
std::vector<ZipEntry> ReadZipDirectory(std::span<const std::byte> file);

}  // namespace statestone::zip
