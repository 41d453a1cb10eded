#include "cli/terminal/numbers.h"

#include <gtest/gtest.h>

namespace statestone::cli {
namespace {

TEST(NumbersTest, ShowsEveryDigitBelowAMillionAndThreeAbove) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999'999), "999,999");
  EXPECT_EQ(HumanCount(1'000'000), "1.00 M");
  EXPECT_EQ(HumanCount(22'200'000), "22.2 M");
  EXPECT_EQ(HumanCount(7'241'732'096), "7.24 G");
  EXPECT_EQ(HumanCount(~std::uint64_t{0}), "18.4 E");
}

TEST(NumbersTest, PutsCommasBetweenThousands) {
  EXPECT_EQ(WithCommas(7), "7");
  EXPECT_EQ(WithCommas(1000), "1,000");
  EXPECT_EQ(WithCommas(38'597'376), "38,597,376");
}

TEST(NumbersTest, TakesNothingOfNothingForTheWhole) {
  EXPECT_EQ(Percent(0, 0), "100 %");
  EXPECT_EQ(ShortPercent(0, 0), "100 %");
}

TEST(NumbersTest, RoundsPercentages) {
  EXPECT_EQ(Percent(66.38, 100), "66.4 %");
  EXPECT_EQ(Percent(99.96, 100), "100 %");
  EXPECT_EQ(ShortPercent(2, 3), "67 %");
}

TEST(NumbersTest, GivesTimesInTheLargestUnitsThatSaySomething) {
  EXPECT_EQ(HumanSeconds(0.02), "0.02 s");
  EXPECT_EQ(HumanSeconds(12.44), "12.4 s");
  EXPECT_EQ(HumanSeconds(59.99), "1 min 00 s");
  EXPECT_EQ(HumanSeconds(185), "3 min 05 s");
  EXPECT_EQ(HumanSeconds(7620), "2 h 07 min");
}

TEST(NumbersTest, GivesNoRateWithoutTime) {
  EXPECT_EQ(HumanRate(1e9, 0), "");
  EXPECT_EQ(HumanRate(2.31e9, 1), "2.31 GB/s");
  EXPECT_EQ(HumanRate(500, 1), "0.50 kB/s");
}

}  // namespace
}  // namespace statestone::cli
