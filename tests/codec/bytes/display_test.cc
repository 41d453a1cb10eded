#include "statestone/display.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "codec/text/utf8.h"

namespace statestone {
namespace {

std::string Utf8(char32_t c) {
  std::string text;
  text::AppendUtf8(text, c);
  return text;
}

std::string CodePointEscape(char32_t c) {
  char text[16];
  std::snprintf(text, sizeof text, "\\u{%x}", static_cast<unsigned>(c));
  return text;
}

TEST(EscapeForDisplayTest, LeavesOrdinaryTextAsItIs) {
  for (const std::string text :
       {"", "model.layers.0.weight", "with spaces", "a/b\\c", "\"quoted\" 'text'", "~!@#$%^&*()",
        "\u00E4\u00F6\u00FC \u03B1\u03B2 \u4E2D\u6587 \u0441\u043B\u043E\u0432\u043E", "\U0001F600",
        "\u00A0\u00AC\u00AE"}) {
    EXPECT_EQ(EscapeForDisplay(text), text);
  }
}

TEST(EscapeForDisplayTest, EscapesControlCharacters) {
  EXPECT_EQ(EscapeForDisplay("\x1B[2J\x1B]0;title\x07"), "\\x1b[2J\\x1b]0;title\\x07");
  EXPECT_EQ(EscapeForDisplay("a\nb\tc\rd"), "a\\x0ab\\x09c\\x0dd");
  EXPECT_EQ(EscapeForDisplay(std::string("\0", 1)), "\\x00");
  for (unsigned c = 0; c < 0x80; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(EscapeForDisplay(text) == text, c >= 0x20 && c != 0x7F) << c;
  }
}

TEST(EscapeForDisplayTest, EscapesTheSecondSetOfControls) {
  // U+009B starts a terminal sequence just as ESC [ does.
  for (char32_t c = 0x80; c <= 0x9F; ++c) {
    EXPECT_EQ(EscapeForDisplay(Utf8(c)), CodePointEscape(c));
  }
  EXPECT_EQ(EscapeForDisplay("\u009B2J"), "\\u{9b}2J");
}

TEST(EscapeForDisplayTest, EscapesWhatTurnsTheDirectionOfText) {
  for (const char32_t c : {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066,
                           0x2067, 0x2068, 0x2069}) {
    EXPECT_EQ(EscapeForDisplay("a" + Utf8(c) + "b"), "a" + CodePointEscape(c) + "b");
  }
}

TEST(EscapeForDisplayTest, EscapesWhatCannotBeSeen) {
  for (const char32_t c : {0x00AD, 0x180E, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x2060, 0x206F,
                           0xFEFF, 0xFFF9, 0xFFFB, 0xE0001, 0xE0020, 0xE007F}) {
    EXPECT_EQ(EscapeForDisplay(Utf8(c)), CodePointEscape(c));
  }
}

TEST(EscapeForDisplayTest, EscapesEachByteThatIsNotUtf8) {
  EXPECT_EQ(EscapeForDisplay("a\xFFz"), "a\\xffz");
  EXPECT_EQ(EscapeForDisplay("\xC3\x28"), "\\xc3(");
  EXPECT_EQ(EscapeForDisplay("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(EscapeForDisplay("\xF0\x9F\x98"), "\\xf0\\x9f\\x98");
  EXPECT_EQ(EscapeForDisplay("\x9B"), "\\x9b");
}

TEST(EscapeForDisplayTest, NeverGivesATerminalAnythingToActOn) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::oneOf(rc::gen::arbitrary<std::string>(),
                        rc::gen::container<std::string>(rc::gen::inRange<int>(-128, 128)));
    const std::string shown = EscapeForDisplay(text);
    RC_ASSERT(IsValidUtf8(shown));
    for (std::string_view rest = shown; !rest.empty();) {
      const auto [c, size] = text::DecodeOne(rest);
      RC_ASSERT(c >= 0x20u && c != 0x7Fu && !(c >= 0x80u && c < 0xA0u));
      RC_ASSERT(!(c >= 0x202Au && c <= 0x202Eu) && !(c >= 0x2066u && c <= 0x2069u));
      rest.remove_prefix(size);
    }
    // Once is enough: what is shown can be shown again.
    RC_ASSERT(EscapeForDisplay(shown) == shown);
  }));
}

TEST(HumanBytesTest, ShowsThreeSignificantDigits) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1), "1 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1024), "1.00 KiB");
  EXPECT_EQ(HumanBytes(1536), "1.50 KiB");
  EXPECT_EQ(HumanBytes(10 * 1024), "10.0 KiB");
  EXPECT_EQ(HumanBytes(100 * 1024), "100 KiB");
  EXPECT_EQ(HumanBytes(87241523), "83.2 MiB");
  EXPECT_EQ(HumanBytes(5ull << 30), "5.00 GiB");
  EXPECT_EQ(HumanBytes(UINT64_MAX), "16.0 EiB");
}

TEST(HumanBytesTest, MovesToTheNextUnitBeforeAFourthDigit) {
  EXPECT_EQ(HumanBytes(1000), "0.98 KiB");
  EXPECT_EQ(HumanBytes(1023 * 1024), "1.00 MiB");
  EXPECT_EQ(HumanBytes(1023693), "0.98 MiB");  // 999.7 KiB
  EXPECT_EQ(HumanBytes(999 * 1024), "999 KiB");
  EXPECT_EQ(HumanBytes(10235), "10.0 KiB");
  EXPECT_EQ(HumanBytes(102399), "100 KiB");
}

}  // namespace
}  // namespace statestone
