#include "codec/text/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "statestone/display.h"

namespace statestone::text {
namespace {

bool IsScalar(char32_t c) { return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); }

TEST(Utf8Test, GivesEveryCodePointBack) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string text;
    AppendUtf8(text, c);
    const Decoded decoded = DecodeOne(text);
    if (IsScalar(c)) {
      ASSERT_EQ(decoded.code_point, c);
      ASSERT_EQ(decoded.size, text.size());
    } else {
      ASSERT_EQ(decoded.size, 0u);
    }
  }
}

TEST(Utf8Test, UsesTheShortestForm) {
  for (const auto& [c, size] : {std::pair<char32_t, std::size_t>(0x7F, 1),
                                {0x80, 2},
                                {0x7FF, 2},
                                {0x800, 3},
                                {0xFFFF, 3},
                                {0x10000, 4},
                                {0x10FFFF, 4}}) {
    std::string text;
    AppendUtf8(text, c);
    EXPECT_EQ(text.size(), size);
  }
}

TEST(Utf8Test, TakesOnlyTheFirstCodePoint) {
  EXPECT_EQ(DecodeOne("ab").size, 1u);
  EXPECT_EQ(DecodeOne("\xC3\xA4z").size, 2u);
  EXPECT_EQ(DecodeOne("\xC3\xA4z").code_point, U'\u00E4');
}

// Every sequence of up to three bytes: well-formed exactly when some code point is written so.
TEST(Utf8Test, RefusesEverySequenceThatNoCodePointIsWrittenAs) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string pair = {static_cast<char>(first), static_cast<char>(second)};
      for (const std::string& text :
           {pair, pair + '\x80', pair + '\xBF', pair + "\x80\x80", pair + "\xBF\xBF", pair + 'a'}) {
        const Decoded decoded = DecodeOne(text);
        if (decoded.size == 0) {
          EXPECT_GE(first, 0x80u);
          continue;
        }
        ASSERT_TRUE(IsScalar(decoded.code_point));
        std::string again;
        AppendUtf8(again, decoded.code_point);
        ASSERT_EQ(again, text.substr(0, decoded.size));
      }
    }
  }
}

TEST(Utf8Test, KnowsMalformedText) {
  const std::string_view malformed[] = {
      "\x80",  // a continuation alone
      "\xBF",
      "\xC0\x80",  // an overlong NUL
      "\xC1\xBF",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xED\xA0\x80",  // surrogates
      "\xED\xBF\xBF",
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xF5\x80\x80\x80",
      "\xF8\x88\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xC3",  // cut off
      "\xE2\x82",
      "\xF0\x9F\x98",
      "\xC3\x28",  // a continuation missing
      "\xE2\x28\xA1",
      "\xE2\x82\x28",
  };
  for (const std::string_view text : malformed) {
    EXPECT_EQ(DecodeOne(text).size, 0u) << EscapeForDisplay(text);
    EXPECT_FALSE(IsValidUtf8(text)) << EscapeForDisplay(text);
    EXPECT_FALSE(IsValidUtf8("good " + std::string(text))) << EscapeForDisplay(text);
    EXPECT_FALSE(IsValidUtf8(std::string(text) + " good")) << EscapeForDisplay(text);
  }
}

TEST(Utf8Test, KnowsWellFormedText) {
  for (const std::string_view text :
       {std::string_view(), std::string_view("ascii"), std::string_view("\0", 1),
        std::string_view("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
        std::string_view("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(IsValidUtf8(text));
  }
}

}  // namespace
}  // namespace statestone::text
