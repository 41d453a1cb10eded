#include "codec/container/recognize.h"

#include <cstring>
#include <string_view>

#include "codec/bytes/little_endian.h"

namespace statestone::container {
namespace {

constexpr const char* kConvert = "convert it first: statestone convert FILE FILE.stone";
constexpr const char* kGiveStone = "give a file that Statestone wrote";

bool StartsWith(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// A u64 header length, then a JSON object.
bool LooksLikeSafetensors(std::span<const std::byte> bytes) {
  return bytes.size() > 9 && bytes[8] == std::byte{'{'} &&
         bytes::Load<std::uint64_t>(bytes.data()) <= 100'000'000;
}

bool LooksLikeText(std::span<const std::byte> bytes) {
  for (const std::byte b : bytes) {
    const auto c = std::to_integer<unsigned char>(b);
    if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return false;
    if (c >= 0x7F) return false;
  }
  return true;
}

bool LooksLikeAWebPage(std::span<const std::byte> bytes) {
  std::string start;
  for (const std::byte b : bytes) {
    const auto c = std::to_integer<char>(b);
    if (start.empty() && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    start += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return start.starts_with("<!doctype html") || start.starts_with("<html");
}

// Our magic after a transfer in text mode: CR LF became LF, or LF became CR LF.
bool LooksLikeTextModeDamage(std::span<const std::byte> bytes) {
  return StartsWith(bytes, "\xD3STN\n\x1A") || StartsWith(bytes, "\xD3STN\r\r\n") ||
         StartsWith(bytes, "SSTN\r\n\x1A\n") || StartsWith(bytes, "\xC3\x93STN");
}

}  // namespace

Recognized Recognize(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {"an empty file", "copy it again from where it is whole"};
  if (LooksLikeTextModeDamage(bytes)) {
    return {"a .stone file changed by a transfer in text mode", "copy it again in binary mode"};
  }
  if (StartsWith(bytes, "PK\x03\x04") || StartsWith(bytes, "PK\x05\x06")) {
    return {"a zip archive, perhaps a PyTorch checkpoint (.pt, .pth)", kConvert};
  }
  if (LooksLikeSafetensors(bytes)) return {"a safetensors file", kGiveStone};
  if (StartsWith(bytes, "GGUF")) return {"a GGUF file", kGiveStone};
  if (StartsWith(bytes, "\x89HDF\r\n\x1A\n")) return {"an HDF5 file", kGiveStone};
  if (StartsWith(bytes, "\x93NUMPY")) return {"a NumPy .npy file", kGiveStone};
  if (StartsWith(bytes, "\x1F\x8B")) return {"gzip data", "decompress it first"};
  if (StartsWith(bytes, "\x28\xB5\x2F\xFD")) return {"zstd data", "decompress it first"};
  if (bytes.size() > 1 && bytes[0] == std::byte{0x80} && std::to_integer<int>(bytes[1]) <= 5) {
    return {"a pickle, perhaps a PyTorch checkpoint from before 1.6", kGiveStone};
  }
  if (LooksLikeAWebPage(bytes)) {
    return {"a web page", "the download gave a page instead of the file: download it again"};
  }
  if (StartsWith(bytes, "version https://git-lfs")) {
    return {"a Git LFS pointer", "fetch the file itself: git lfs pull"};
  }
  if (LooksLikeText(bytes)) return {"a text file", kGiveStone};
  return {"a file of unknown kind", kGiveStone};
}

}  // namespace statestone::container
