// What containers share whose storages stand one behind the other, as they are.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "interop/pt/container.h"
#include "interop/pt/raw_storages.h"

namespace statestone::pt {

/// An open file, seen as a map and by positioned reads, and its storages, which whoever derives
/// from this takes as it reads the file.
class SequentialContainer : public Container {
 public:
  /// `source` is such a file by its first bytes. \throws Error io
  explicit SequentialContainer(const std::filesystem::path& source);

  std::uint64_t file_bytes() const final { return mapped_->size(); }
  const file::ByteSource& mapped() const final { return *mapped_; }
  std::optional<std::size_t> FindStorage(std::string_view key) const final {
    return storages_.Find(key);
  }
  std::string StorageName(std::string_view key) const final { return RawStorages::Name(key); }
  StoredBytes Stored(std::size_t storage) const final { return storages_[storage]; }
  Record Open(std::size_t storage) final;

 protected:
  std::shared_ptr<const file::ByteSource> mapped_;
  std::shared_ptr<const file::ByteSource> positioned_;
  std::string path_;
  RawStorages storages_;
};

}  // namespace statestone::pt
