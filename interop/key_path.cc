#include "interop/key_path.h"

#include <algorithm>
#include <string_view>

#include "statestone/display.h"

namespace statestone {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += kHexDigits[static_cast<unsigned char>(c) >> 4];
    text += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// A two's complement of any size in decimal, by repeated division.
std::string Decimal(std::string_view twos_complement) {
  std::string digits(twos_complement);
  const bool negative = !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80) != 0;
  unsigned carry = 1;
  for (char& digit : digits) {
    if (!negative) break;
    carry += static_cast<unsigned char>(~static_cast<unsigned char>(digit));
    digit = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  std::string text;
  while (!digits.empty()) {
    unsigned rest = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      rest = rest << 8 | static_cast<unsigned char>(digits[i]);
      digits[i] = static_cast<char>(rest / 10);
      rest %= 10;
    }
    text += static_cast<char>('0' + rest);
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
  }
  if (negative) text += '-';
  std::ranges::reverse(text);
  return text;
}

// A big integer as a key is a curiosity: beyond this its text would take quadratic time.
constexpr std::size_t kDecimalBytes = 1024;

std::string KeyText(const Value& key) {  // NOLINT(misc-no-recursion): as deep as values may be
  switch (key.kind()) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return key.AsBool() ? "true" : "false";
    case ValueKind::kInt64:
      return std::to_string(key.AsInt());
    case ValueKind::kUInt64:
      return std::to_string(key.AsUInt());
    case ValueKind::kBigInt:
      return key.AsBytes().size() > kDecimalBytes ? "x" + Hex(key.AsBytes())
                                                  : Decimal(key.AsBytes());
    case ValueKind::kFloat64: {
      std::string text = "f";
      for (int shift = 60; shift >= 0; shift -= 4) text += kHexDigits[key.number() >> shift & 15];
      return text;
    }
    case ValueKind::kString:
      return "s" + Hex(key.AsString());
    case ValueKind::kBytes:
      return "b" + Hex(key.AsBytes());
    case ValueKind::kTuple: {
      std::string text = "t";
      for (std::size_t i = 0; i < key.items().size(); ++i) {
        if (i != 0) text += ',';
        text += KeyText(key.items()[i]);
      }
      return text + ';';
    }
    default:
      return "?";
  }
}

}  // namespace

std::string KeyComponent(const Value& key) {
  if (key.kind() == ValueKind::kString) return EscapePathComponent(key.AsString());
  return "\\#" + KeyText(key);
}

std::string KeyPath::Text() const {
  std::string text;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (i != 0) text += '/';
    const auto* key = std::get_if<const Value*>(&steps_[i]);
    text += key != nullptr ? KeyComponent(**key) : std::to_string(std::get<std::size_t>(steps_[i]));
  }
  return text;
}

}  // namespace statestone
