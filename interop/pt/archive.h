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
#include "interop/pt/container.h"
#include "interop/pt/inflated_file.h"
#include "interop/pt/zip_directory.h"

namespace statestone::pt {

/// The container of torch.save since 1.6.
class Archive final : public Container {
 public:
  /// Opens `source` and reads its directory. Deflated records are inflated to an unnamed file in
  /// `scratch`, those alone that are asked for.
  /// \throws Error invalid_argument when the file is another zip archive; unsupported (TorchScript,
  ///     big-endian, newer versions), corrupt, io
  Archive(const std::filesystem::path& source, std::filesystem::path scratch);

  std::uint64_t file_bytes() const override { return mapped_->size(); }
  const file::ByteSource& mapped() const override { return *mapped_; }
  /// The sum of the pickle is checked.
  pickle::Pickle ReadPickle() override;
  std::optional<std::size_t> FindStorage(std::string_view key) const override;
  std::string StorageName(std::string_view key) const override;
  StoredBytes Stored(std::size_t storage) const override;
  Record Open(std::size_t storage) override { return Open(entries_[storage]); }
  void MapInflated() override;

 private:
  Record Open(const ZipEntry& entry);
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
