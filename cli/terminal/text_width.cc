#include "cli/terminal/text_width.h"

#include <algorithm>
#include <array>
#include <vector>

#include "codec/text/utf8.h"

namespace statestone::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks of marks that sit on the character before them, in ascending order. Scripts whose marks
// are scattered are left out: a column too many is better than a table of hundreds of ranges.
constexpr std::array<Range, 10> kZeroWidth = {{{0x300, 0x36F},
                                               {0x483, 0x489},
                                               {0x591, 0x5BD},
                                               {0x610, 0x61A},
                                               {0x64B, 0x65F},
                                               {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F}}};

constexpr std::array<Range, 10> kDoubleWidth = {{{0x1100, 0x115F},
                                                 {0x2E80, 0x303E},
                                                 {0x3041, 0x4DBF},
                                                 {0x4E00, 0xA4CF},
                                                 {0xA960, 0xA97F},
                                                 {0xAC00, 0xD7A3},
                                                 {0xF900, 0xFAFF},
                                                 {0xFE30, 0xFE6F},
                                                 {0xFF00, 0xFF60},
                                                 {0x1F300, 0x3FFFD}}};

template <std::size_t N>
bool IsIn(const std::array<Range, N>& ranges, char32_t c) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t value, const Range& r) { return value < r.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

std::size_t WidthOf(char32_t c) {
  if (c < 0x300) return 1;
  if (IsIn(kZeroWidth, c)) return 0;
  return IsIn(kDoubleWidth, c) ? 2 : 1;
}

struct Glyph {
  std::size_t bytes;
  std::size_t columns;
};

Glyph FirstGlyph(std::string_view text) {
  const auto [code_point, size] = text::DecodeOne(text);
  if (size == 0) return {1, 1};
  return {size, WidthOf(code_point)};
}

}  // namespace

std::size_t TextWidth(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Glyph glyph = FirstGlyph(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

std::string Fit(std::string_view text, std::size_t columns, Cut cut, std::string_view mark) {
  if (text.size() <= columns || TextWidth(text) <= columns) return std::string(text);
  const std::size_t mark_width = TextWidth(mark);
  if (columns <= mark_width) return std::string(columns, '.');
  const std::size_t room = columns - mark_width;
  const std::size_t room_before = cut == Cut::kEnd ? room : (room + 1) / 2;
  std::vector<Glyph> glyphs;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(glyphs.back().bytes)) {
    glyphs.push_back(FirstGlyph(rest));
  }
  std::size_t before = 0;
  std::size_t used = 0;
  for (const Glyph& glyph : glyphs) {
    if (used + glyph.columns > room_before) break;
    used += glyph.columns;
    before += glyph.bytes;
  }
  std::size_t after = 0;
  if (cut == Cut::kMiddle) {
    for (auto glyph = glyphs.rbegin(); glyph != glyphs.rend(); ++glyph) {
      if (used + glyph->columns > room) break;
      used += glyph->columns;
      after += glyph->bytes;
    }
  }
  return std::string(text.substr(0, before)).append(mark).append(text.substr(text.size() - after));
}

}  // namespace statestone::cli
