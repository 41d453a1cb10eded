// Opening a file to read it, whatever the path turns out to name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

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

/// \throws Error invalid_argument unless [offset, offset + count) lies inside [0, size)
void RequireInside(std::uint64_t offset, std::uint64_t count, std::uint64_t size,
                   const std::string& path);

}  // namespace statestone::file
