#include <string>
#include <utility>

#include "codec/check/require.h"
#include "codec/file/byte_source.h"
#include "codec/file/opening.h"
#include "statestone/byte_source.h"

namespace statestone::file {
namespace {

// Nothing that the source says of itself is relied on: it may be anybody's code.
class CallerSource final : public ByteSource {
 public:
  explicit CallerSource(std::shared_ptr<const statestone::ByteSource> source)
      : source_(std::move(source)), size_(source_->size()), name_(source_->name()) {}

  std::uint64_t size() const override { return size_; }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), size_, name_);
    if (!out.empty()) RequireWhole(offset, out.size(), Ask(offset, out));
  }

 private:
  std::size_t Ask(std::uint64_t offset, std::span<std::byte> out) const {
    try {
      return source_->Read(offset, out);
    } catch (const Error& error) {
      // Else a source that does not support ranges would make a file look as if it were of a later
      // version, and one that is unavailable as if it were damaged.
      if (error.code() == ErrorCode::kIo || error.code() == ErrorCode::kCanceled) throw;
      throw Error(ErrorCode::kIo, error.fields());
    }
  }

  void RequireWhole(std::uint64_t offset, std::size_t asked, std::size_t given) const {
    Require(CheckSite::kCallerSourceShort, given >= asked, [&] {
      return Error(ErrorCode::kIncomplete,
                   {.path = name_,
                    .offset = offset + given,
                    .problem = "the source ended before its size",
                    .expected = std::to_string(asked) + " bytes at " + std::to_string(offset),
                    .found = std::to_string(given),
                    .advice = "it was cut off or changed while it was read"});
    });
    Require(CheckSite::kCallerSourceLong, given <= asked, [&] {
      return Error(ErrorCode::kInvalidArgument,
                   {.path = name_,
                    .offset = offset,
                    .problem = "the source says that it gave more bytes than it was asked for",
                    .expected = std::to_string(asked),
                    .found = std::to_string(given),
                    .advice = "a ByteSource returns how many bytes of `out` it filled"});
    });
  }

  const std::shared_ptr<const statestone::ByteSource> source_;
  const std::uint64_t size_;
  const std::string name_;
};

}  // namespace

std::shared_ptr<ByteSource> FromCaller(std::shared_ptr<const statestone::ByteSource> source) {
  if (source == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "there is no source to read from", .advice = "pass a ByteSource"});
  }
  return std::make_shared<CallerSource>(std::move(source));
}

}  // namespace statestone::file
