// A checkpoint of torch.save: which entry of the zip file is which record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/file/byte_source.h"
#include "interop/zip/zip_file.h"

namespace statestone::pt {

using zip::Record;
using zip::ZipEntry;

/// An open checkpoint file. Not thread-safe; the records it hands out are.
class Archive {
 public:
  /// Opens `source` and reads its directory. Deflated records are inflated to an unnamed file in
  /// `scratch`, those alone that are asked for.
  /// \throws Error invalid_argument when the file is no checkpoint, saying what it is; unsupported
  ///     (older containers, TorchScript, big-endian, newer versions), corrupt, io
  Archive(const std::filesystem::path& source, std::filesystem::path scratch);

  std::uint64_t file_bytes() const { return zip_.mapped().size(); }
  const file::ByteSource& mapped() const { return zip_.mapped(); }

  /// The pickle, its sum checked.
  Record Pickle();

  /// The entry of a storage by its key, or nullptr.
  const ZipEntry* FindStorage(std::string_view key) const;

  /// Makes an entry's bytes readable; cheap for one that is not deflated.
  Record Open(const ZipEntry& entry) { return zip_.Open(entry); }

  /// To be called after the last Open and before bytes of a record are asked for in place.
  void MapInflated() { zip_.MapInflated(); }

 private:
  const ZipEntry* Find(std::string_view record) const;
  void FindPrefix();
  void CheckKind() const;
  void CheckVersion();
  void CheckByteOrder();
  std::string ReadSmall(const ZipEntry& entry);

  zip::ZipFile zip_;
  std::unordered_map<std::string_view, const ZipEntry*> by_name_;
  std::string prefix_;  // "archive/"
};

}  // namespace statestone::pt
