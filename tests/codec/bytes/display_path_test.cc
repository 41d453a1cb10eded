#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>
#include <vector>

#include "statestone/display.h"
#include "tests/faults/error_of.h"

namespace statestone {
namespace {

using faults::ErrorOf;
using Components = std::vector<std::string>;

// Names with many of the characters that matter, and any bytes at all.
rc::Gen<std::string> AnyName() {
  const auto telling = rc::gen::element<std::string>("/", "\\", "x", "u", "{", "}", "#", "0", "\n",
                                                     "\x80", "\xC3\xA4", "\u202E", "\U000E0001",
                                                     "\xFF", "\x1B", std::string(1, '\0'));
  const auto joined = rc::gen::map(rc::gen::container<Components>(telling), [](const auto& parts) {
    std::string name;
    for (const std::string& part : parts) name += part;
    return name;
  });
  return rc::gen::oneOf(joined, rc::gen::arbitrary<std::string>(),
                        rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
}

std::string Join(const Components& names) {
  std::string path;
  for (std::size_t i = 0; i < names.size(); ++i) {
    path += (i == 0 ? "" : "/") + EscapePathComponent(names[i]);
  }
  return path;
}

TEST(DisplayPathTest, EscapesSlashesAndBackslashesOfAName) {
  EXPECT_EQ(EscapePathComponent("layers.0/weight"), "layers.0\\/weight");
  EXPECT_EQ(EscapePathComponent("a\\b"), "a\\\\b");
  EXPECT_EQ(EscapePathComponent("a\nb"), "a\\x0ab");
  EXPECT_EQ(EscapePathComponent("a\xFF"), "a\\xff");
  EXPECT_EQ(EscapePathComponent("\u202E"), "\\u{202e}");
  EXPECT_EQ(EscapePathComponent("plain"), "plain");
}

TEST(DisplayPathTest, KeepsTextThatLooksLikeAnEscapeApartFromOne) {
  EXPECT_EQ(EscapePathComponent("\\x0a"), "\\\\x0a");
  EXPECT_EQ(EscapePathComponent("\\u{202e}"), "\\\\u{202e}");
  EXPECT_NE(EscapePathComponent("\\x0a"), EscapePathComponent("\n"));
}

TEST(DisplayPathTest, SplitsAtUnescapedSlashesOnly) {
  EXPECT_EQ(SplitDisplayPath(""), Components{""});
  EXPECT_EQ(SplitDisplayPath("model"), Components{"model"});
  EXPECT_EQ(SplitDisplayPath("model/weight"), (Components{"model", "weight"}));
  EXPECT_EQ(SplitDisplayPath("a\\/b/c\\\\/d"), (Components{"a/b", "c\\", "d"}));
  EXPECT_EQ(SplitDisplayPath("/a//"), (Components{"", "a", "", ""}));
}

TEST(DisplayPathTest, UndoesEveryKindOfEscape) {
  EXPECT_EQ(SplitDisplayPath("\\x0a\\xFF\\u{202e}\\u{e0001}"),
            Components{"\n\xFF\u202E\U000E0001"});
}

TEST(DisplayPathTest, KeepsTheMarkOfAKeyThatIsNoString) {
  EXPECT_EQ(SplitDisplayPath("state/\\#7"), (Components{"state", "\\#7"}));
}

TEST(DisplayPathTest, GivesAnyNamesBack) {
  EXPECT_TRUE(rc::check([] {
    const Components names = *rc::gen::nonEmpty(rc::gen::container<Components>(AnyName()));
    const std::string path = Join(names);
    RC_ASSERT(SplitDisplayPath(path) == names);
    RC_ASSERT(EscapeForDisplay(path) == path);
  }));
}

TEST(DisplayPathTest, GivesDifferentNamesDifferentText) {
  std::map<std::string, std::string> seen;
  EXPECT_TRUE(rc::check([&seen] {
    const std::string name = *AnyName();
    const auto [at, added] = seen.emplace(EscapePathComponent(name), name);
    RC_ASSERT(at->second == name);
  }));
  // Exhaustively for all pairs of bytes, which hold every escape's shortest forms.
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string name = {static_cast<char>(first), static_cast<char>(second)};
      const auto [at, added] = seen.emplace(EscapePathComponent(name), name);
      ASSERT_EQ(at->second, name);
    }
  }
}

TEST(DisplayPathTest, RefusesEscapesThatAreNeverWritten) {
  for (const std::string path : {"\\", "a\\", "\\n", "\\x", "\\x1", "\\xg0", "\\x0g", "\\u", "\\u{",
                                 "\\u{}", "\\u{202e", "\\u202e", "\\u{xyz}", "\\u{1234567}",
                                 "\\u{d800}", "\\u{dfff}", "\\u{110000}", "\\u{ffffff}", "\\ "}) {
    const Error error = ErrorOf([&] { SplitDisplayPath("model/" + path); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(error.fields().entry, "model/" + path);
    EXPECT_EQ(error.fields().expected, "\\\\, \\/, \\xHH or \\u{H..}");
  }
}

}  // namespace
}  // namespace statestone
