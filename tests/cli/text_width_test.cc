#include "cli/terminal/text_width.h"

#include <gtest/gtest.h>

namespace statestone::cli {
namespace {

TEST(TextWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(TextWidth("weight"), 6u);
  EXPECT_EQ(TextWidth("64 × 64"), 7u);
  EXPECT_EQ(TextWidth("重み"), 4u);
  EXPECT_EQ(TextWidth("e\xCC\x81"), 1u);
  EXPECT_EQ(TextWidth("🪨"), 2u);
  EXPECT_EQ(TextWidth("\xFF\xFE"), 2u);
}

TEST(TextWidthTest, FitsTextByCuttingTheEndOrTheMiddle) {
  EXPECT_EQ(Fit("embedding", 9, Cut::kEnd, "…"), "embedding");
  EXPECT_EQ(Fit("embedding", 5, Cut::kEnd, "…"), "embe…");
  EXPECT_EQ(Fit("embedding", 5, Cut::kMiddle, "…"), "em…ng");
  EXPECT_EQ(Fit("embedding", 6, Cut::kMiddle, "..."), "em...g");
}

TEST(TextWidthTest, NeverCutsACharacterInHalf) {
  EXPECT_EQ(Fit("重み重み", 6, Cut::kEnd, "…"), "重み…");
  EXPECT_EQ(Fit("重み重み", 4, Cut::kMiddle, "…"), "重…");
}

TEST(TextWidthTest, FitsIntoAnyWidth) {
  for (std::size_t columns = 0; columns < 12; ++columns) {
    for (const Cut cut : {Cut::kEnd, Cut::kMiddle}) {
      EXPECT_LE(TextWidth(Fit("a重b\xFF み 長い", columns, cut, "...")), columns);
    }
  }
}

}  // namespace
}  // namespace statestone::cli
