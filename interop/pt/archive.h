// A checkpoint of torch.save: which entry of the zip file is which record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/file/byte_source.h"
#include "interop/pt/container.h"
#include "interop/zip/zip_file.h"

namespace statestone::pt {

using zip::ZipEntry;

/// The container of torch.save since 1.6.
class Archive final : public Container {
 public:
  /// Opens `source` and reads its directory. Deflated records are inflated to an unnamed file in
  /// `scratch`, those alone that are asked for.
  /// \throws Error invalid_argument when the file is another zip archive; unsupported (TorchScript,
  ///     big-endian, newer versions), corrupt, io
  Archive(const std::filesystem::path& source, std::filesystem::path scratch);

  std::uint64_t file_bytes() const override { return zip_.mapped().size(); }
  const file::ByteSource& mapped() const override { return zip_.mapped(); }
  /// The sum of the pickle is checked.
  pickle::Pickle ReadPickle() override;
  std::optional<std::size_t> FindStorage(std::string_view key) const override;
  std::string StorageName(std::string_view key) const override;
  StoredBytes Stored(std::size_t storage) const override;
  Record Open(std::size_t storage) override { return Open(zip_.entries()[storage]); }
  void MapInflated() override { zip_.MapInflated(); }

 private:
  Record Open(const ZipEntry& entry) { return zip_.Open(entry); }
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
