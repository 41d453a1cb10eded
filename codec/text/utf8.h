// UTF-8, one code point at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace statestone::text {

struct Decoded {
  char32_t code_point = 0;
  std::size_t size = 0;  ///< bytes it took; 0 when `text` does not start with well-formed UTF-8
};

/// The first code point of `text`, which is not empty. Shortest forms only, no surrogates.
Decoded DecodeOne(std::string_view text) noexcept;

void AppendUtf8(std::string& out, char32_t code_point);

}  // namespace statestone::text
