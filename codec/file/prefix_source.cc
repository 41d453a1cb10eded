#include <utility>

#include "codec/file/byte_source.h"
#include "codec/file/opening.h"

namespace statestone::file {
namespace {

class PrefixSource final : public ByteSource {
 public:
  PrefixSource(std::shared_ptr<ByteSource> whole, std::uint64_t size)
      : whole_(std::move(whole)), size_(size) {}

  std::uint64_t size() const override { return size_; }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), size_, {});
    whole_->Read(offset, out);
  }

  std::span<const std::byte> bytes() const override {
    const auto all = whole_->bytes();
    return all.empty() ? all : all.first(size_);
  }

  bool in_place_is_fastest() const override { return whole_->in_place_is_fastest(); }
  bool copy_on_write() const override { return whole_->copy_on_write(); }
  void Prefetch(std::uint64_t offset, std::uint64_t size) const override {
    whole_->Prefetch(offset, size);
  }

 private:
  std::shared_ptr<ByteSource> whole_;
  std::uint64_t size_;
};

}  // namespace

std::shared_ptr<ByteSource> Prefix(std::shared_ptr<ByteSource> whole, std::uint64_t size) {
  RequireInside(0, size, whole->size(), {});
  if (size == whole->size()) return whole;
  return std::make_shared<PrefixSource>(std::move(whole), size);
}

}  // namespace statestone::file
