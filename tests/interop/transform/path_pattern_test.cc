#include "interop/transform/path_pattern.h"

#include <gtest/gtest.h>

namespace statestone {
namespace {

using Paths = std::vector<std::string>;

bool Covers(const std::string& pattern, const std::string& path) {
  return PathPatterns({pattern}).Cover(path);
}

TEST(PathPatternTest, CoversWhatItMatchesAndAllThatLiesBelow) {
  EXPECT_TRUE(Covers("optimizer", "optimizer"));
  EXPECT_TRUE(Covers("optimizer", "optimizer/state/0/step"));
  EXPECT_FALSE(Covers("optimizer", "optimizers"));
  EXPECT_FALSE(Covers("optimizer", "old/optimizer"));
  EXPECT_FALSE(Covers("optimizer/state", "optimizer"));
}

TEST(PathPatternTest, StarStandsForAnyTextSlashesToo) {
  EXPECT_TRUE(Covers("*.weight", "model/fc.weight"));
  EXPECT_TRUE(Covers("*.weight", "model/fc.weight/part"));
  EXPECT_FALSE(Covers("*.weight", "model/fc.weights"));
  EXPECT_TRUE(Covers("model*", "model"));
  EXPECT_TRUE(Covers("*", ""));
}

TEST(PathPatternTest, QuestionMarkStandsForOneByteAndBracketsForOneOfASet) {
  EXPECT_TRUE(Covers("layer?", "layer7"));
  EXPECT_FALSE(Covers("layer?", "layer"));
  EXPECT_FALSE(Covers("layer?", "layer10"));
  EXPECT_TRUE(Covers("layer[1-3]", "layer2/weight"));
  EXPECT_FALSE(Covers("layer[1-3]", "layer4"));
  EXPECT_TRUE(Covers("[", "[")) << "a set without an end is itself";
}

TEST(PathPatternTest, SlashInANameIsNoBorder) {
  EXPECT_TRUE(Covers("a", "a/b"));
  EXPECT_FALSE(Covers("a", R"(a\/b)"));
  EXPECT_TRUE(Covers(R"(a\/b)", R"(a\/b/c)")) << "escapes are written out";
  EXPECT_FALSE(Covers(R"(a\/b)", "a/b"));
  EXPECT_TRUE(Covers(R"(a\\)", R"(a\\/b)")) << "a name that ends in a backslash";
}

TEST(PathPatternTest, EmptyPatternCoversTheRootAndNothingByName) {
  EXPECT_TRUE(Covers("", ""));
  EXPECT_FALSE(Covers("", "a/b"));
  EXPECT_FALSE(PathPatterns().Cover("a"));
  EXPECT_TRUE(PathPatterns().empty());
}

TEST(PathPatternTest, OneOfSeveralIsEnough) {
  const PathPatterns patterns({"a", "b*"});
  EXPECT_TRUE(patterns.Cover("bc"));
  EXPECT_FALSE(patterns.Cover("c"));
}

TEST(PathPatternTest, NamesThePatternsThatCoverNothing) {
  const PathPatterns patterns({"model", "modle", "*.bias", "optimizer"});
  EXPECT_EQ(patterns.Unused({"model/fc.weight", "model/fc.bias"}), (Paths{"modle", "optimizer"}));
  EXPECT_EQ(patterns.Unused({}), patterns.patterns());
}

}  // namespace
}  // namespace statestone
