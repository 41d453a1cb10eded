#include "codec/text/key_text.h"

#include <algorithm>

namespace statestone {
namespace text {

std::string HexDigits(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string DecimalDigits(std::string_view little_endian) {
  std::string rest_of_it(little_endian);
  const bool negative =
      !rest_of_it.empty() && (static_cast<unsigned char>(rest_of_it.back()) & 0x80) != 0;
  if (negative) {
    unsigned carry = 1;
    for (char& digit : rest_of_it) {
      carry += static_cast<unsigned char>(~digit);
      digit = static_cast<char>(carry);
      carry >>= 8;
    }
  }
  std::string text;
  while (!rest_of_it.empty()) {
    unsigned rest = 0;
    for (std::size_t i = rest_of_it.size(); i-- > 0;) {
      rest = rest << 8 | static_cast<unsigned char>(rest_of_it[i]);
      rest_of_it[i] = static_cast<char>(rest / 10);
      rest %= 10;
    }
    text += static_cast<char>('0' + rest);
    while (!rest_of_it.empty() && rest_of_it.back() == 0) rest_of_it.pop_back();
  }
  if (text.empty()) text = "0";
  if (negative) text += '-';
  std::ranges::reverse(text);
  return text;
}

}  // namespace text

std::string KeyComponent(const Value& key) { return text::KeyComponentOf(text::ValueNode(key)); }

}  // namespace statestone
