#include <fcntl.h>

#include <utility>

#include "codec/file/byte_source.h"
#include "codec/file/opening.h"

namespace statestone::file {
namespace {

class PositionedSource final : public ByteSource {
 public:
  explicit PositionedSource(OpenedFile file) : file_(std::move(file)) {}

  std::uint64_t size() const override { return file_.size; }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), file_.size, file_.path);
    ReadAll(file_.descriptor.get(), offset, out, file_.path);
  }

  void Prefetch([[maybe_unused]] std::uint64_t offset,
                [[maybe_unused]] std::uint64_t size) const override {
#ifdef POSIX_FADV_WILLNEED
    static_cast<void>(::posix_fadvise(file_.descriptor.get(), static_cast<off_t>(offset),
                                      static_cast<off_t>(size), POSIX_FADV_WILLNEED));
#endif
  }

 private:
  OpenedFile file_;
};

}  // namespace

std::shared_ptr<ByteSource> OpenPositioned(const std::filesystem::path& path) {
  return ReadPositioned(OpenRegularFile(path));
}

std::shared_ptr<ByteSource> ReadPositioned(OpenedFile file) {
  return std::make_shared<PositionedSource>(std::move(file));
}

}  // namespace statestone::file
