// Opening a file to read it, whatever the path turns out to name, and the two ways to its bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "codec/file/byte_source.h"
#include "codec/file/system_call.h"

namespace statestone::file {

/// A regular file, open for reading.
struct OpenedFile {
  Descriptor descriptor;
  std::uint64_t size = 0;
  std::string path;  ///< as the caller named it, for errors
};

/// Never blocks, also not on a FIFO that nobody writes to.
/// \throws Error io; invalid_argument for what is not a regular file, named as what it is
OpenedFile OpenRegularFile(const std::filesystem::path& path);

/// As OpenMapped and OpenPositioned, for a file that is open. \throws Error io
std::shared_ptr<ByteSource> MapFile(OpenedFile file, bool writable);
std::shared_ptr<ByteSource> ReadPositioned(OpenedFile file);

/// \throws Error invalid_argument unless [offset, offset + count) lies inside [0, size)
void RequireInside(std::uint64_t offset, std::uint64_t count, std::uint64_t size,
                   const std::string& path);

}  // namespace statestone::file
