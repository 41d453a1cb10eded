#include "codec/reader/content_digest.h"
#include "codec/reader/reader_state.h"
#include "statestone/reader.h"

namespace statestone {

Digest Reader::ContentDigest() const {
  try {
    return reader::ContentDigest(*state_->file.source, state_->index(), state_->options);
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

std::string ToHex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : digest) {
    text += kDigits[std::to_integer<unsigned>(b) >> 4];
    text += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace statestone
