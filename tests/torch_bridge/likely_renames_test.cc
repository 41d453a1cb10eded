#include "torch_bridge/likely_renames.h"

#include <gmock/gmock.h>

namespace statestone {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TensorDifference Missing(std::string name, std::string signature) {
  return {.name = std::move(name), .expected = std::move(signature), .found = {}};
}

TensorDifference Unexpected(std::string name, std::string signature) {
  return {.name = std::move(name), .expected = {}, .found = std::move(signature)};
}

TEST(LikelyRenamesTest, FindThePrefixThatManyNamesShare) {
  std::vector<TensorDifference> missing;
  std::vector<TensorDifference> unexpected;
  for (int i = 0; i < 12; ++i) {
    for (const auto* part : {".attn.weight", ".attn.bias", ".mlp.weight"}) {
      missing.push_back(Missing("layers." + std::to_string(i) + part, "float32 [8, 8]"));
      unexpected.push_back(Unexpected("h." + std::to_string(i) + part, "float32 [8, 8]"));
    }
  }
  EXPECT_THAT(LikelyRenames(missing, unexpected), ElementsAre(Rename{"h.", "layers."}));
}

TEST(LikelyRenamesTest, FindAWrapperThatWasAddedOrTakenAway) {
  const auto inner = Missing("fc.weight", "float32 [2]");
  EXPECT_THAT(LikelyRenames({inner}, {Unexpected("module.fc.weight", "float32 [2]")}),
              ElementsAre(Rename{"module.", ""}));
  EXPECT_THAT(LikelyRenames({Missing("net.fc.weight", "float32 [2]")},
                            {Unexpected("fc.weight", "float32 [2]")}),
              ElementsAre(Rename{"", "net."}));
}

TEST(LikelyRenamesTest, FindTwoPrefixesBesideEachOther) {
  EXPECT_THAT(LikelyRenames({Missing("a.w", "float32 [2]"), Missing("a.b", "float32 [1]"),
                             Missing("x.w", "float32 [3]"), Missing("x.b", "float32 [4]")},
                            {Unexpected("b.w", "float32 [2]"), Unexpected("b.b", "float32 [1]"),
                             Unexpected("y.w", "float32 [3]"), Unexpected("y.b", "float32 [4]")}),
              UnorderedElementsAre(Rename{"b.", "a."}, Rename{"y.", "x."}));
}

TEST(LikelyRenamesTest, MatchTheOnlyTensorOfAShapeByIt) {
  EXPECT_THAT(LikelyRenames({Missing("head.kernel", "float32 [10, 4]")},
                            {Unexpected("fc.weight", "float32 [10, 4]")}),
              ElementsAre(Rename{"fc.weight", "head.kernel"}));
}

TEST(LikelyRenamesTest, DoNotGuessBetweenSeveralOrAcrossShapes) {
  EXPECT_THAT(LikelyRenames({Missing("a", "float32 [2]"), Missing("b", "float32 [2]")},
                            {Unexpected("c", "float32 [2]")}),
              IsEmpty());
  EXPECT_THAT(LikelyRenames({Missing("fc.weight", "float32 [2]")},
                            {Unexpected("net.fc.weight", "float32 [3]")}),
              IsEmpty());
  EXPECT_THAT(LikelyRenames({Missing("fc.weight", "float32 [2]")},
                            {Unexpected("net.fc.weight", "float64 [2]")}),
              IsEmpty());
}

TEST(LikelyRenamesTest, DoNotTakeTheEndOfAWordForAComponent) {
  EXPECT_THAT(LikelyRenames({Missing("a.outweight", "float32 [2]")},
                            {Unexpected("b.inweight", "float32 [2]")}),
              ElementsAre(Rename{"b.inweight", "a.outweight"}));
}

}  // namespace
}  // namespace statestone
