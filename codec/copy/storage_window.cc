#include "codec/copy/storage_window.h"

#include <algorithm>
#include <cstring>

namespace statestone::copy {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{8} << 20;

}  // namespace

void StorageWindow::MoveTo(std::uint32_t storage, std::uint64_t offset) {
  const StorageInfo info = reader_.storage(storage);
  const std::uint64_t chunks = std::max<std::uint64_t>(1, kWindowBytes / info.chunk_bytes);
  begin_ = offset / info.chunk_bytes * info.chunk_bytes;
  storage_ = storage;
  bytes_.resize(std::min(chunks * info.chunk_bytes, info.bytes - begin_));
  try {
    reader_.ReadStorageRange(storage, begin_, bytes_);
  } catch (...) {
    bytes_.clear();
    throw;
  }
}

void StorageWindow::Read(std::uint32_t storage, std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const bool inside = storage == storage_ && offset >= begin_ && offset - begin_ < bytes_.size();
    if (!inside) MoveTo(storage, offset);
    const std::uint64_t skip = offset - begin_;
    const std::size_t size = std::min<std::uint64_t>(out.size(), bytes_.size() - skip);
    std::memcpy(out.data(), bytes_.data() + skip, size);
    out = out.subspan(size);
    offset += size;
  }
}

}  // namespace statestone::copy
