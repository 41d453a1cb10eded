// An open zip file, and its members as records that can be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"
#include "interop/zip/inflated_file.h"
#include "interop/zip/zip_directory.h"

namespace statestone::zip {

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

/// An open zip file. Not thread-safe; the records it hands out are.
class ZipFile {
 public:
  /// Opens `source`; nothing is read yet. Deflated members are inflated to an unnamed file in
  /// `scratch`, those alone that are asked for. \throws Error io, invalid_argument (not a file)
  ZipFile(const std::filesystem::path& source, std::filesystem::path scratch);

  /// Once, before anything else is asked for. \throws Error as zip::ReadZipDirectory
  void ReadDirectory();

  const std::vector<ZipEntry>& entries() const { return entries_; }
  const file::ByteSource& mapped() const { return *mapped_; }
  const file::ByteSource& positioned() const { return *positioned_; }

  /// Makes an entry's bytes readable; cheap for one that is not deflated.
  /// \throws Error corrupt (deflated data, its size or its sum), io
  Record Open(const ZipEntry& entry);

  /// To be called after the last Open and before bytes of a record are asked for in place.
  void MapInflated();

 private:
  std::shared_ptr<const file::ByteSource> mapped_;
  std::shared_ptr<const file::ByteSource> positioned_;
  std::string path_;
  std::filesystem::path scratch_;
  std::shared_ptr<InflatedFile> inflated_;
  std::vector<ZipEntry> entries_;
};

}  // namespace statestone::zip
