#include "interop/recognize.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/container/recognize.h"
#include "interop/pt/legacy_file.h"

namespace statestone {
namespace {

// A tar header is 512 bytes; nothing here looks further.
constexpr std::size_t kFirstBytes = 512;

constexpr std::string_view kStoneMagic = "\xD3STN\r\n\x1A\n";

// Members of the tar files from before that, one of which comes first.
constexpr std::array<std::string_view, 4> kTarMembers = {"sys_info", "pickle", "tensors",
                                                         "storages"};

class FirstBytes {
 public:
  explicit FirstBytes(const file::ByteSource& source)
      : size_(std::min<std::uint64_t>(kFirstBytes, source.size())) {
    source.Read(0, std::span(bytes_).first(size_));
  }

  std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }

 private:
  std::array<std::byte, kFirstBytes> bytes_{};
  std::size_t size_;
};

bool IsTorchTar(std::string_view text) {
  if (text.size() < 262 || text.substr(257, 5) != "ustar") return false;
  const std::string_view name = text.substr(0, text.find('\0'));
  return std::ranges::any_of(kTarMembers, [&](std::string_view member) {
    return name == member || name == std::string(member) + "/";
  });
}

// A u64 size of the JSON header, then the header, which may not be longer than the file.
bool IsSafetensors(const FirstBytes& first, std::uint64_t file_bytes) {
  if (first.bytes().size() < 10 || first.text()[8] != '{') return false;
  return bytes::Load<std::uint64_t>(first.bytes().data()) <= file_bytes - 8;
}

FileKind KindOf(const FirstBytes& first, std::uint64_t file_bytes) {
  const std::string_view text = first.text();
  if (text.starts_with(kStoneMagic)) return FileKind::kStone;
  if (text.starts_with("PK\x03\x04")) return FileKind::kPtZip;
  if (pt::StartsLegacyFile(text) || IsTorchTar(text)) return FileKind::kPtLegacy;
  if (IsSafetensors(first, file_bytes)) return FileKind::kSafetensors;
  return FileKind::kUnknown;
}

}  // namespace

FileKind Recognize(const file::ByteSource& source) {
  return KindOf(FirstBytes(source), source.size());
}

FileKind RecognizeFile(const std::filesystem::path& path) {
  return Recognize(*file::OpenPositioned(path));
}

std::string_view Name(FileKind kind) {
  switch (kind) {
    case FileKind::kStone:
      return "Statestone file";
    case FileKind::kPtZip:
      return "PyTorch checkpoint (zip)";
    case FileKind::kPtLegacy:
      return "PyTorch checkpoint (before 1.6)";
    case FileKind::kSafetensors:
      return "safetensors file";
    case FileKind::kUnknown:
      break;
  }
  return "unknown file";
}

Error NotACheckpoint(const std::filesystem::path& source, FileKind kind) {
  std::string what(Name(kind));
  if (kind == FileKind::kUnknown) {
    const auto opened = file::OpenPositioned(source);
    const FirstBytes first(*opened);
    what =
        container::Recognize(first.bytes().first(std::min<std::size_t>(first.bytes().size(), 64)))
            .what;
  }
  return {ErrorCode::kUnsupported,
          {.problem = "this kind of file cannot be converted",
           .expected = "a .stone file, or a .pt or .pth file of torch.save",
           .found = what}};
}

FileKind RequirePt(const file::ByteSource& source) {
  const FirstBytes first(source);
  const FileKind kind = KindOf(first, source.size());
  Require(CheckSite::kPtContainer, kind == FileKind::kPtZip || kind == FileKind::kPtLegacy, [&] {
    const auto recognized =
        container::Recognize(first.bytes().first(std::min<std::size_t>(first.bytes().size(), 64)));
    const std::string what =
        kind == FileKind::kStone ? "a Statestone file already" : recognized.what;
    return Error(ErrorCode::kInvalidArgument, {.problem = "the source is " + what,
                                               .expected = "a checkpoint that torch.save wrote",
                                               .advice = "give a .pt or .pth file"});
  });
  return kind;
}

}  // namespace statestone
