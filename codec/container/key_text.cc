#include "codec/container/key_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "statestone/limits.h"
#include "statestone/value.h"

namespace statestone::container {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string_view Bytes(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

// Decimal digits of a two's complement number of any length, by repeated division.
std::string Decimal(std::string_view little_endian) {
  std::vector<unsigned char> digits(little_endian.begin(), little_endian.end());
  const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
  if (negative) {
    unsigned carry = 1;
    for (unsigned char& digit : digits) {
      carry += static_cast<unsigned char>(~digit);
      digit = static_cast<unsigned char>(carry);
      carry >>= 8;
    }
  }
  std::string text;
  while (!digits.empty()) {
    unsigned rest = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      rest = rest << 8 | digits[i];
      digits[i] = static_cast<unsigned char>(rest / 10);
      rest %= 10;
    }
    text += static_cast<char>('0' + rest);
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
  }
  if (text.empty()) text = "0";
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace

std::string KeyText(const schema::Value& key) {  // NOLINT(misc-no-recursion): at most 64 deep
  switch (static_cast<ValueKind>(key.kind())) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return key.number() != 0 ? "true" : "false";
    case ValueKind::kInt64:
      return std::to_string(static_cast<std::int64_t>(key.number()));
    case ValueKind::kUInt64:
      return std::to_string(key.number());
    case ValueKind::kBigInt:
      // A longer one is refused, but perhaps not yet: decimal digits take quadratic time.
      return Bytes(key).size() <= limits::kBigIntBytes ? Decimal(Bytes(key)) : Hex(Bytes(key));
    case ValueKind::kFloat64: {
      std::string text = "f";
      for (int shift = 60; shift >= 0; shift -= 4) {
        text += kHexDigits[key.number() >> shift & 15];
      }
      return text;
    }
    case ValueKind::kString:
      return "s" + Hex(Bytes(key));
    case ValueKind::kBytes:
      return "b" + Hex(Bytes(key));
    case ValueKind::kTuple: {
      std::string text = "t";
      if (key.items() != nullptr) {
        for (flatbuffers::uoffset_t i = 0; i < key.items()->size(); ++i) {
          if (i != 0) text += ',';
          text += KeyText(*key.items()->Get(i));
        }
      }
      return text + ';';
    }
    default:
      return "?";
  }
}

}  // namespace statestone::container
