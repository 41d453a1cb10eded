#include <cstring>
#include <utility>

#include "codec/file/byte_source.h"
#include "codec/file/opening.h"

namespace statestone::file {
namespace {

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
      : bytes_(bytes), owner_(std::move(owner)) {}

  std::uint64_t size() const override { return bytes_.size(); }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), bytes_.size(), {});
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

  std::span<const std::byte> bytes() const override { return bytes_; }

  bool in_place_is_fastest() const override { return true; }

 private:
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

}  // namespace

std::shared_ptr<ByteSource> FromMemory(std::span<const std::byte> bytes,
                                       std::shared_ptr<const void> owner) {
  return std::make_shared<MemorySource>(bytes, std::move(owner));
}

}  // namespace statestone::file
