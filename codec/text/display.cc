#include "statestone/display.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>

#include "codec/text/utf8.h"
#include "statestone/error.h"

namespace statestone {
namespace {

constexpr bool IsUnsafeOnTerminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

void AppendHexByte(std::string& out, unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", byte);
  out += text;
}

std::string Escape(std::string_view text, bool as_component) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code_point, size] = text::DecodeOne(text);
    if (size == 0) {
      AppendHexByte(out, static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (as_component && (code_point == U'\\' || code_point == U'/')) {
      out += '\\';
      out += static_cast<char>(code_point);
    } else if (code_point < 0x80 && IsUnsafeOnTerminal(code_point)) {
      AppendHexByte(out, static_cast<unsigned char>(code_point));
    } else if (IsUnsafeOnTerminal(code_point)) {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\u{%x}", static_cast<unsigned>(code_point));
      out += escape;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

[[noreturn]] void ThrowBadEscape(std::string_view path) {
  throw Error(ErrorCode::kInvalidArgument,
              {.entry = std::string(path),
               .problem = "the path holds an escape that display paths do not have",
               .expected = "\\\\, \\/, \\xHH or \\u{H..}",
               .advice = "copy the path as `statestone inspect` prints it"});
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads the escape behind a backslash from the front of `rest` and appends what it stands for.
void AppendUnescaped(std::string& out, std::string_view& rest, std::string_view path) {
  if (rest.empty()) ThrowBadEscape(path);
  const char kind = rest.front();
  rest.remove_prefix(1);
  if (kind == '\\' || kind == '/') {
    out += kind;
  } else if (kind == '#') {
    out += "\\#";  // the mark of a key that is not a string; kept for the caller to read
  } else if (kind == 'x') {
    if (rest.size() < 2 || HexDigit(rest[0]) < 0 || HexDigit(rest[1]) < 0) ThrowBadEscape(path);
    out += static_cast<char>(HexDigit(rest[0]) * 16 + HexDigit(rest[1]));
    rest.remove_prefix(2);
  } else if (kind == 'u') {
    const std::size_t end = rest.find('}');
    if (rest.empty() || rest.front() != '{' || end == std::string_view::npos || end < 2 ||
        end > 7) {
      ThrowBadEscape(path);
    }
    char32_t code_point = 0;
    for (const char digit : rest.substr(1, end - 1)) {
      if (HexDigit(digit) < 0) ThrowBadEscape(path);
      code_point = code_point * 16 + static_cast<char32_t>(HexDigit(digit));
    }
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (surrogate || code_point > 0x10FFFF) ThrowBadEscape(path);
    text::AppendUtf8(out, code_point);
    rest.remove_prefix(end + 1);
  } else {
    ThrowBadEscape(path);
  }
}

}  // namespace

std::string EscapeForDisplay(std::string_view text) { return Escape(text, false); }

std::string EscapePathComponent(std::string_view name) { return Escape(name, true); }

std::vector<std::string> SplitDisplayPath(std::string_view path) {
  std::vector<std::string> components(1);
  for (std::string_view rest = path; !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '/') {
      components.emplace_back();
    } else if (c == '\\') {
      AppendUnescaped(components.back(), rest, path);
    } else {
      components.back() += c;
    }
  }
  return components;
}

bool IsValidUtf8(std::string_view text) noexcept {
  while (!text.empty()) {
    // Names are ASCII, nearly all of them, and there may be millions.
    std::uint64_t eight = 0;
    if (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        text.remove_prefix(sizeof eight);
        continue;
      }
    }
    const std::size_t size = text::DecodeOne(text).size;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string HumanBytes(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 999.5 && unit < 6) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f %s", decimals, value, kUnits[unit]);
  return text;
}

}  // namespace statestone
