#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/file/byte_source.h"
#include "codec/file/file_system.h"
#include "codec/file/opening.h"

namespace statestone::file {
namespace {

class MappedSource final : public ByteSource {
 public:
  MappedSource(OpenedFile file, std::span<std::byte> map, bool writable)
      : file_(std::move(file)), map_(map), writable_(writable) {}

  ~MappedSource() override {
    if (!map_.empty()) FileSystem::Current().Munmap(map_.data(), map_.size());
  }

  MappedSource(const MappedSource&) = delete;
  MappedSource& operator=(const MappedSource&) = delete;

  std::uint64_t size() const override { return map_.size(); }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    // From the file, not from the map: views of a writable map may have been written.
    RequireInside(offset, out.size(), map_.size(), file_.path);
    ReadAll(file_.descriptor.get(), offset, out, file_.path);
  }

  std::span<const std::byte> bytes() const override { return map_; }

  bool copy_on_write() const override { return writable_; }

  void Prefetch(std::uint64_t offset, std::uint64_t size) const override {
    if (size == 0 || !bytes::RangeFits(offset, size, map_.size())) return;
    static const std::uint64_t page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t start = offset / page * page;
    static_cast<void>(
        ::posix_madvise(map_.data() + start, offset + size - start, POSIX_MADV_WILLNEED));
  }

 private:
  OpenedFile file_;
  std::span<std::byte> map_;
  bool writable_;
};

}  // namespace

std::shared_ptr<ByteSource> OpenMapped(const std::filesystem::path& path, bool writable) {
  return MapFile(OpenRegularFile(path), writable);
}

std::shared_ptr<ByteSource> MapFile(OpenedFile file, bool writable) {
  // The system refuses to map nothing.
  if (file.size == 0) {
    return std::make_shared<MappedSource>(std::move(file), std::span<std::byte>(), writable);
  }
  const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
  // NORESERVE: only pages that are written cost memory, so a writable map of a file larger than
  // the memory is fine and must not be refused for what it might become.
  const int flags = MAP_PRIVATE | (writable ? MAP_NORESERVE : 0);
  const std::size_t size = file.size;
  void* address = FileSystem::Current().Mmap(size, protection, flags, file.descriptor.get(), 0);
  if (address == MAP_FAILED) ThrowSystemError("mmap", errno, file.path);
  const std::span<std::byte> map(static_cast<std::byte*>(address), size);
  try {
    return std::make_shared<MappedSource>(std::move(file), map, writable);
  } catch (...) {
    FileSystem::Current().Munmap(address, size);
    throw;
  }
}

}  // namespace statestone::file
