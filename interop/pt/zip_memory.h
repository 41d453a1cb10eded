// minizip's file functions over bytes in memory: no stdio, and no access outside of them.
#pragma once

#include <minizip/unzip.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace statestone::pt {

/// A read position in memory, what minizip calls a stream. Must stay where it is while in use.
struct ZipMemory {
  std::span<const std::byte> bytes;
  std::uint64_t position = 0;
};

/// Functions with which unzOpen2_64 reads `memory`. Reads past the end come back short, seeks past
/// it fail, and writing is refused.
zlib_filefunc64_def ZipMemoryFunctions(ZipMemory& memory);

}  // namespace statestone::pt
