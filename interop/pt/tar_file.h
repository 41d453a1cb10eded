// The container of the first releases of torch: a tar file of pickles, storages and tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "interop/pt/container.h"
#include "interop/pt/numbered_objects.h"
#include "interop/pt/raw_storages.h"
#include "interop/pt/stream.h"
#include "interop/pt/tar_directory.h"

namespace statestone::pt {

/// Four members. `sys_info` is a pickle of what the system was. `storages`: their number, for each
/// a pickle (number, device, class), an int64 number of elements, and these; then a pickle of the
/// storages that are parts of others. `tensors`: their number, for each a pickle (number, its
/// storage's number, type), and its shape, strides and offset. `pickle` is the value, which refers
/// to tensors and storages by number.
class TarFile final : public Container {
 public:
  /// `source` is one by its first bytes. \throws Error io
  explicit TarFile(const std::filesystem::path& source);

  std::uint64_t file_bytes() const override { return mapped_->size(); }
  const file::ByteSource& mapped() const override { return *mapped_; }
  /// The numbers in the pickle become what later releases write in their place: calls that rebuild
  /// tensors over storages.
  pickle::Pickle ReadPickle() override;
  std::optional<std::size_t> FindStorage(std::string_view key) const override {
    return storages_.Find(key);
  }
  std::string StorageName(std::string_view key) const override { return RawStorages::Name(key); }
  StoredBytes Stored(std::size_t storage) const override { return storages_[storage]; }
  Record Open(std::size_t storage) override;

 private:
  void FindMembers();
  Stream Open(std::string_view member) const;
  void TakeStorages();
  void TakeParts(Stream& stream);
  void TakeTensors();
  void TakeTensor(Stream& stream);

  std::shared_ptr<const file::ByteSource> mapped_;
  std::shared_ptr<const file::ByteSource> positioned_;
  std::string path_;
  std::unordered_map<std::string, TarMember> members_;
  RawStorages storages_;
  NumberedStorages numbered_storages_;
  NumberedTensors numbered_tensors_;
};

}  // namespace statestone::pt
