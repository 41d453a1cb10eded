#include "interop/recognize.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/container/recognize.h"
#include "interop/onnx/recognize.h"
#include "interop/pt/legacy_file.h"
#include "interop/pt/tar_directory.h"
#include "interop/safetensors/header.h"
#include "interop/safetensors/set_index.h"

namespace statestone {
namespace {

constexpr std::size_t kFirstBytes = 512;

constexpr std::string_view kStoneMagic = "\xD3STN\r\n\x1A\n";

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

// A u64 size of the JSON header, then the header. A longer one than the format allows is some other
// file; one that reaches behind the end of the file is a file that was cut off.
bool IsSafetensors(const FirstBytes& first) {
  if (first.bytes().size() < 10 || first.text()[8] != '{') return false;
  return bytes::Load<std::uint64_t>(first.bytes().data()) <= safetensors::kMostHeaderBytes;
}

// A zip archive that np.savez wrote: its first member says so, or that there is none.
bool IsNumpyZip(const FirstBytes& first, const file::ByteSource& source) {
  constexpr std::size_t kLocalHeader = 30;
  constexpr std::string_view kEnding = ".npy";
  if (first.text().starts_with("PK\x05\x06")) return true;
  if (!first.text().starts_with("PK\x03\x04") || first.bytes().size() < kLocalHeader) return false;
  const std::uint64_t name = bytes::Load<std::uint16_t>(first.bytes().data() + 26);
  if (name < kEnding.size() || source.size() < kLocalHeader + name) return false;
  std::string ending(kEnding.size(), '\0');
  source.Read(kLocalHeader + name - kEnding.size(), std::as_writable_bytes(std::span(ending)));
  return ending == kEnding;
}

// HDF5 leaves room for a block of the user's before its signature: 512 bytes, or twice as many, ...
bool IsHdf5(const FirstBytes& first, const file::ByteSource& source) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1A\n";
  constexpr std::uint64_t kSmallestBlock = 512;
  if (first.text().starts_with(kSignature)) return true;
  std::string found(kSignature.size(), '\0');
  for (std::uint64_t at = kSmallestBlock; at < source.size(); at *= 2) {
    if (source.size() - at < found.size()) return false;
    source.Read(at, std::as_writable_bytes(std::span(found)));
    if (found == kSignature) return true;
    if (at > source.size() / 2) return false;
  }
  return false;
}

FileKind KindOf(const FirstBytes& first, const file::ByteSource& source) {
  const std::string_view text = first.text();
  if (text.starts_with(kStoneMagic)) return FileKind::kStone;
  if (text.starts_with("\x93NUMPY")) return FileKind::kNumpy;
  if (text.starts_with("GGUF")) return FileKind::kGguf;
  if (IsNumpyZip(first, source)) return FileKind::kNumpyZip;
  if (text.starts_with("PK\x03\x04")) return FileKind::kPtZip;
  if (pt::StartsLegacyFile(text) || pt::StartsTorchTar(source)) return FileKind::kPtLegacy;
  if (IsSafetensors(first)) return FileKind::kSafetensors;
  if (safetensors::LooksLikeSetIndex(text)) return FileKind::kSafetensorsIndex;
  if (IsHdf5(first, source)) return FileKind::kHdf5;
  if (onnx::LooksLikeModel(source) == onnx::Likeness::kWhole) return FileKind::kOnnx;
  return FileKind::kUnknown;
}

}  // namespace

FileKind Recognize(const file::ByteSource& source) { return KindOf(FirstBytes(source), source); }

FileKind RecognizeFile(const std::filesystem::path& path) {
  const auto source = file::OpenPositioned(path);
  const FileKind kind = Recognize(*source);
  const bool cut_model = kind == FileKind::kUnknown && path.extension() == ".onnx" &&
                         onnx::LooksLikeModel(*source) == onnx::Likeness::kStart;
  return cut_model ? FileKind::kOnnx : kind;
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
    case FileKind::kSafetensorsIndex:
      return "index of safetensors files";
    case FileKind::kNumpy:
      return "NumPy array (.npy)";
    case FileKind::kNumpyZip:
      return "NumPy archive (.npz)";
    case FileKind::kGguf:
      return "GGUF file";
    case FileKind::kHdf5:
      return "HDF5 file";
    case FileKind::kOnnx:
      return "ONNX model";
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
  return {
      ErrorCode::kUnsupported,
      {.problem = "this kind of file cannot be converted",
       .expected = "a .stone file, a .pt or .pth file of torch.save, a safetensors file, a .npy or "
                   ".npz file, a GGUF file, an HDF5 file, an ONNX model",
       .found = what}};
}

FileKind RequirePt(const file::ByteSource& source) {
  const FirstBytes first(source);
  const FileKind kind = KindOf(first, source);
  const bool is_pt =
      kind == FileKind::kPtZip || kind == FileKind::kPtLegacy || kind == FileKind::kNumpyZip;
  Require(CheckSite::kPtContainer, is_pt, [&] {
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
