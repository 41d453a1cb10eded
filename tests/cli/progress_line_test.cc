#include <gtest/gtest.h>

#include "cli/terminal/progress_bar.h"
#include "cli/terminal/text_width.h"

namespace statestone::cli {
namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

Screen ScreenOf(std::size_t columns) {
  return {.terminal = true, .color = false, .unicode = true, .columns = columns};
}

TEST(ProgressLineTest, SaysHowFarHowFastAndHowLong) {
  const std::string line =
      ProgressLine("verify run.stone", kGigabyte, 4 * kGigabyte, 2, ScreenOf(100));
  EXPECT_NE(line.find("verify run.stone  ━"), std::string::npos) << line;
  EXPECT_NE(line.find("25 %  500 MB/s  6.00 s left"), std::string::npos) << line;
}

TEST(ProgressLineTest, NeverFillsTheLastColumn) {
  for (std::size_t columns = 20; columns <= 200; ++columns) {
    for (const std::uint64_t done : {std::uint64_t{0}, kGigabyte / 3, kGigabyte}) {
      const std::string line = ProgressLine("a rather long label of a file with a path", done,
                                            kGigabyte, 12345, ScreenOf(columns));
      EXPECT_LT(TextWidth(line), columns) << line;
      EXPECT_NE(line.find('%'), std::string::npos) << line;
    }
  }
}

TEST(ProgressLineTest, SaysNothingOfTimeLeftAtTheEnd) {
  EXPECT_EQ(ProgressLine("x", 5, 5, 1, ScreenOf(100)).find("left"), std::string::npos);
}

TEST(ProgressLineTest, TakesAJobWithoutBytesForDone) {
  EXPECT_NE(ProgressLine("x", 0, 0, 1, ScreenOf(80)).find("100 %"), std::string::npos);
}

TEST(ProgressLineTest, NeedsNoUnicode) {
  Screen screen = ScreenOf(80);
  screen.unicode = false;
  for (const char c : ProgressLine("x", 1, 2, 1, screen)) {
    EXPECT_GE(c, ' ');
    EXPECT_LT(c, '\x7F');
  }
}

}  // namespace
}  // namespace statestone::cli
