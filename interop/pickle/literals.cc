#include "interop/pickle/literals.h"

#include <charconv>
#include <cstddef>
#include <limits>

#include "codec/text/utf8.h"

namespace statestone::pickle {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes `digits` hexadecimal digits from the front of `rest`.
std::optional<std::uint32_t> TakeHex(std::string_view& rest, std::size_t digits) {
  if (rest.size() < digits) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = HexDigit(rest[i]);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  rest.remove_prefix(digits);
  return value;
}

// Up to three octal digits, of which the first is there.
char TakeOctal(std::string_view& rest) {
  unsigned value = 0;
  for (int i = 0; i < 3 && !rest.empty() && rest.front() >= '0' && rest.front() <= '7'; ++i) {
    value = value * 8 + static_cast<unsigned>(rest.front() - '0');
    rest.remove_prefix(1);
  }
  return static_cast<char>(value & 0xFF);
}

// What an escape of one letter stands for, 0 for none. A quote or backslash stands for itself.
char SimpleEscape(char letter) {
  switch (letter) {
    case '\\':
    case '\'':
    case '"':
      return letter;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return 0;
  }
}

// The three bytes of a surrogate, which AppendUtf8 need not know.
void AppendCodePoint(std::string& out, std::uint32_t code_point) {
  if (code_point >= 0xD800 && code_point <= 0xDFFF) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code_point & 0x3F));
    return;
  }
  text::AppendUtf8(out, static_cast<char32_t>(code_point));
}

}  // namespace

std::optional<std::string> DecimalInteger(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  std::string bytes(1, '\0');
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (char& byte : bytes) {
      carry += static_cast<unsigned char>(byte) * 10u;
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry != 0) bytes += static_cast<char>(carry);
  }
  bytes += '\0';  // room for the sign
  if (negative) {
    unsigned carry = 1;
    for (char& byte : bytes) {
      carry += static_cast<unsigned char>(~static_cast<unsigned char>(byte));
      byte = static_cast<char>(carry & 0xFF);
      carry >>= 8;
    }
  }
  return bytes;
}

std::optional<double> DecimalFloat(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::string> QuotedString(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  if (text.front() != '\'' && text.front() != '"') return std::nullopt;
  std::string_view rest = text.substr(1, text.size() - 2);
  std::string out;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const char letter = rest.front();
    if (letter >= '0' && letter <= '7') {
      out += TakeOctal(rest);
      continue;
    }
    rest.remove_prefix(1);
    if (letter == 'x') {
      const auto value = TakeHex(rest, 2);
      if (!value) return std::nullopt;
      out += static_cast<char>(*value);
    } else if (const char simple = SimpleEscape(letter); simple != 0) {
      out += simple;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<std::string> RawUnicodeEscape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    const char letter = c == '\\' && !text.empty() ? text.front() : '\0';
    if (letter != 'u' && letter != 'U') {
      AppendCodePoint(out, static_cast<unsigned char>(c));
      continue;
    }
    text.remove_prefix(1);
    const auto code_point = TakeHex(text, letter == 'u' ? 4 : 8);
    if (!code_point || *code_point > 0x10FFFF) return std::nullopt;
    AppendCodePoint(out, *code_point);
  }
  return out;
}

std::optional<std::string> Latin1Bytes(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      out += static_cast<char>(lead);
      continue;
    }
    // U+0080 to U+00FF take two bytes, the first 0xC2 or 0xC3.
    if ((lead != 0xC2 && lead != 0xC3) || i + 1 == utf8.size()) return std::nullopt;
    const auto next = static_cast<unsigned char>(utf8[++i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    out += static_cast<char>(((lead & 0x03) << 6) | (next & 0x3F));
  }
  return out;
}

}  // namespace statestone::pickle
