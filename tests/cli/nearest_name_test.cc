#include "cli/nearest_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace statestone::cli {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"convert", "inspect", "verify", "digest",
                                                    "extract"};

TEST(NearestNameTest, FindsWhatWasMeantBehindATypingMistake) {
  EXPECT_EQ(NearestName("convret", kNames), "convert");
  EXPECT_EQ(NearestName("inspct", kNames), "inspect");
  EXPECT_EQ(NearestName("verifyy", kNames), "verify");
  EXPECT_EQ(NearestName("extrakt", kNames), "extract");
}

TEST(NearestNameTest, CompletesABeginning) { EXPECT_EQ(NearestName("conv", kNames), "convert"); }

TEST(NearestNameTest, SaysNothingWhenAllAreFarOff) {
  EXPECT_EQ(NearestName("xyzzy", kNames), "");
  EXPECT_EQ(NearestName("", kNames), "");
  EXPECT_EQ(NearestName(std::string(1000, 'v'), kNames), "");
}

}  // namespace
}  // namespace statestone::cli
