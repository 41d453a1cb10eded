// Colours: what a piece of text is, not how it looks; one place decides that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace statestone::cli {

enum class Style : std::uint8_t { kPlain, kStrong, kFaint, kGood, kBad, kType, kGroup, kNotice };

/// The escape sequence that starts a style; empty for kPlain.
constexpr std::string_view StyleStart(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kStrong:
      return "\033[1m";
    case Style::kFaint:
      return "\033[2m";
    case Style::kGood:
      return "\033[32m";
    case Style::kBad:
      return "\033[31m";
    case Style::kType:
      return "\033[36m";
    case Style::kGroup:
      return "\033[1;34m";
    case Style::kNotice:
      return "\033[33m";
  }
  return "";
}

/// `text` in a style if `color`, else as it is.
inline std::string Styled(std::string_view text, Style style, bool color) {
  if (!color || style == Style::kPlain || text.empty()) return std::string(text);
  return std::string(StyleStart(style)).append(text).append("\033[0m");
}

}  // namespace statestone::cli
