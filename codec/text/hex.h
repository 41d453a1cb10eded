// Numbers in hexadecimal, for errors.
#pragma once

#include <cstdint>
#include <string>

namespace statestone::text {

/// "0x00000000000000ff"
inline std::string HexNumber(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[value >> shift & 15];
  return text;
}

}  // namespace statestone::text
