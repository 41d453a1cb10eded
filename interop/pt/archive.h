// A checkpoint of torch.save: which entry of the zip file is which record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/file/byte_source.h"
#include "interop/pt/inflated_file.h"
#include "interop/pt/zip_directory.h"

namespace statestone::pt {

/// Where the bytes of a record are, after inflating where that was needed.
struct Record {
  std::shared_ptr<const file::ByteSource> positioned;  ///< for reading piece by piece
  std::shared_ptr<const file::ByteSource> mapped;      ///< for bytes in place
  std::uint64_t offset = 0;                            ///< in both
  std::uint64_t bytes = 0;
  std::string name;  ///< of the zip entry, for errors
  std::string path;  ///< of the file, for errors

  /// CRC-32 that the bytes must have; nothing where the writer made none, or it is checked already.
  std::optional<std::uint32_t> sum;

  std::span<const std::byte> in_place() const { return mapped->bytes().subspan(offset, bytes); }
};

/// An open checkpoint file. Not thread-safe; the records it hands out are.
class Archive {
 public:
  /// Opens `source` and reads its directory. Deflated records are inflated to an unnamed file in
  /// `scratch`, those alone that are asked for.
  /// \throws Error invalid_argument when the file is no checkpoint, saying what it is; unsupported
  ///     (older containers, TorchScript, big-endian, newer versions), corrupt, io
  Archive(const std::filesystem::path& source, std::filesystem::path scratch);

  std::uint64_t file_bytes() const { return mapped_->size(); }
  const file::ByteSource& mapped() const { return *mapped_; }

  /// The pickle, its sum checked.
  Record Pickle();

  /// The entry of a storage by its key, or nullptr.
  const ZipEntry* FindStorage(std::string_view key) const;

  /// Makes an entry's bytes readable; cheap for one that is not deflated.
  Record Open(const ZipEntry& entry);

  /// To be called after the last Open and before bytes of a record are asked for in place.
  void MapInflated();

 private:
  const ZipEntry* Find(std::string_view record) const;
  void FindPrefix();
  void CheckKind() const;
  void CheckVersion();
  void CheckByteOrder();
  std::string ReadSmall(const ZipEntry& entry);

  std::shared_ptr<const file::ByteSource> mapped_;
  std::shared_ptr<const file::ByteSource> positioned_;
  std::string path_;
  std::filesystem::path scratch_;
  std::shared_ptr<InflatedFile> inflated_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, const ZipEntry*> by_name_;
  std::string prefix_;  // "archive/"
};

}  // namespace statestone::pt
