#include "interop/transform/training_parts.h"

#include <gtest/gtest.h>

#include "tests/interop/transform/described.h"

namespace statestone {
namespace {

using Paths = std::vector<std::string>;

Value OptimizerState() {
  return Value::Map({{"state", Value::Map({})}, {"param_groups", Value::List({})}});
}

TEST(OptimizerPathsTest, FindsDictsWithStateAndGroupsAtAnyDepth) {
  Checkpoint checkpoint;
  checkpoint.AddValue("optimizer", OptimizerState());
  checkpoint.AddValue("both", Value::List({OptimizerState(), 1, OptimizerState()}));
  checkpoint.AddValue("by key", Value::Map({{7, Value{{"adam", OptimizerState()}}}}));
  checkpoint.AddValue("ordered", Value::OrderedMap({{"a/b", OptimizerState()}}));
  EXPECT_EQ(OptimizerPaths(checkpoint.entries()),
            (Paths{"optimizer", "both/0", "both/2", R"(by key/\#7/adam)", R"(ordered/a\/b)"}));
}

TEST(OptimizerPathsTest, PassesOverDictsThatHaveOnlyOneOfTheTwo) {
  Checkpoint checkpoint;
  checkpoint.AddModel("model", {.scope = AddNames(checkpoint, {"state", "param_groups"})});
  checkpoint.AddValue("state alone", Value{{"state", 1}});
  checkpoint.AddValue("groups alone", Value{{"param_groups", 1}});
  checkpoint.AddValue("tensors",
                      Value::TensorDict(AddNames(checkpoint, {"state", "param_groups"})));
  EXPECT_EQ(OptimizerPaths(checkpoint.entries()), Paths());
}

TEST(OptimizerPathsTest, TakesARootThatIsAnOptimizerForOne) {
  Checkpoint entries;
  entries.AddValue("state", Value::Map({}));
  entries.AddValue("param_groups", Value::List({}));
  EXPECT_EQ(OptimizerPaths(entries.entries()), Paths{""});
  Checkpoint value;
  value.AddValue("", OptimizerState());
  EXPECT_EQ(OptimizerPaths(value.entries()), Paths{""});
}

TEST(OptimizerPathsTest, SpellsPathsBelowTheRootAsTensorsHaveThem) {
  Checkpoint checkpoint;
  const TensorRef step = checkpoint.AddAnonymousTensor(Floats("", {1}));
  const Value state = Value::Map({{"state", Value::Tensor(step)}, {"param_groups", 0}});
  checkpoint.AddValue("", Value::Map({{"", Value::Map({{"adam", state}})}, {1, 2}}));
  EXPECT_EQ(checkpoint.DisplayPaths(), Paths{"/adam/state"});
  EXPECT_EQ(OptimizerPaths(checkpoint.entries()), Paths{"/adam"});
}

TEST(LiesBelowTest, TakesTheRootItselfAndWholeComponents) {
  const Paths roots = {"optimizer", "b/0"};
  EXPECT_TRUE(LiesBelow("optimizer", roots));
  EXPECT_TRUE(LiesBelow("optimizer/state/0", roots));
  EXPECT_TRUE(LiesBelow("b/0/state", roots));
  EXPECT_FALSE(LiesBelow("optimizer2", roots));
  EXPECT_FALSE(LiesBelow("b/01", roots));
  EXPECT_FALSE(LiesBelow("b", roots));
  EXPECT_FALSE(LiesBelow("anything", {}));
  EXPECT_TRUE(LiesBelow("anything", Paths{""})) << "all lies below the root";
}

}  // namespace
}  // namespace statestone
