#include "interop/transform/inference_part.h"

#include <gtest/gtest.h>

#include "tests/faults/error_of.h"
#include "tests/interop/transform/described.h"

namespace statestone {
namespace {

using faults::ErrorOf;
using Paths = std::vector<std::string>;

Value Dict(Checkpoint& checkpoint) {
  return Value::OrderedTensorDict(AddNames(checkpoint, {"fc.weight"}));
}

Checkpoint PartOf(Checkpoint source, bool as_dict = false) {
  return InferencePart(Shared(std::move(source)), as_dict).checkpoint;
}

TEST(InferencePartTest, IsTheStateDictUnderAUsualName) {
  for (const char* name : {"model", "state_dict", "model_state_dict", "net", "generator"}) {
    Checkpoint source;
    source.AddValue("ema", Dict(source));
    source.AddValue(name, Dict(source));
    source.AddValue("epoch", 3);
    const Selection part = InferencePart(Shared(std::move(source)), false);
    EXPECT_EQ(EntryNames(part.checkpoint), Paths{""}) << "one alone becomes the root";
    EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{"fc.weight"});
    EXPECT_EQ(part.left_out, (Paths{"ema", "epoch"}));
    EXPECT_EQ(ElementsOf(part.checkpoint, {0}), std::vector<float>{1});
  }
}

TEST(InferencePartTest, KeepsTheEntriesOfSeveral) {
  Checkpoint source;
  source.AddValue("net", Dict(source));
  source.AddValue("optimizer", Value{{"state", 1}});
  source.AddValue("generator", Dict(source));
  const Checkpoint part = PartOf(std::move(source));
  EXPECT_EQ(EntryNames(part), (Paths{"net", "generator"}));
  EXPECT_EQ(part.DisplayPaths(), (Paths{"net/fc.weight", "generator/fc.weight"}));
}

TEST(InferencePartTest, FindsTheStateDictOneLevelDown) {
  Checkpoint source;
  source.AddValue("checkpoint", Value{{"model", Dict(source)}, {"step", 2}});
  source.AddValue("epoch", 3);
  const Selection part = InferencePart(Shared(std::move(source)), false);
  EXPECT_EQ(EntryNames(part.checkpoint), Paths{""});
  EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{"fc.weight"});
  EXPECT_EQ(part.left_out, (Paths{"checkpoint/step", "epoch"}));
}

TEST(InferencePartTest, KeepsTheWayToSeveralOneLevelDown) {
  Checkpoint source;
  source.AddValue("a", Value{{"model", Dict(source)}, {"step", 2}});
  source.AddValue("b", Value{{"net", Dict(source)}});
  EXPECT_EQ(PartOf(std::move(source)).DisplayPaths(),
            (Paths{"a/model/fc.weight", "b/net/fc.weight"}));
}

TEST(InferencePartTest, FindsTheStateDictBelowARootThatIsNoSetOfEntries) {
  Checkpoint source;
  source.AddValue("", Value::Map({{1, 2}, {"model", Dict(source)}}));
  const Checkpoint part = PartOf(std::move(source));
  EXPECT_EQ(part.DisplayPaths(), Paths{"fc.weight"});
  EXPECT_EQ(ValueAt(part, 0).kind(), ValueKind::kOrderedTensorDict);
}

TEST(InferencePartTest, IsARootOfNothingButTensors) {
  Checkpoint source;
  source.AddValue("", Dict(source));
  const Selection part = InferencePart(Shared(std::move(source)), true);
  EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{"fc.weight"});
  EXPECT_EQ(part.left_out, Paths());
}

TEST(InferencePartTest, IsTheOnlyDictOfTensorsWhateverItsName) {
  Checkpoint source;
  source.AddValue("encoder", Dict(source));
  source.AddValue("epoch", 3);
  EXPECT_EQ(PartOf(std::move(source)).DisplayPaths(), Paths{"fc.weight"});
}

TEST(InferencePartTest, ModelsComeBeforeWhatIsNamedLikeOne) {
  Checkpoint source;
  source.AddValue("state_dict", Dict(source));
  source.AddModel("net/1", {.scope = AddNames(source, {"w"}), .architecture = "mlp"});
  const Selection part = InferencePart(Shared(std::move(source)), false);
  EXPECT_EQ(part.left_out, Paths{"state_dict"});
  EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{R"(net\/1/w)"}) << "a model keeps its name";
  EXPECT_EQ(std::get<ModelSource>(part.checkpoint.entries()[0].body).architecture, "mlp");
}

TEST(InferencePartTest, ModelsBecomeStateDictsOnRequest) {
  Checkpoint source;
  source.AddModel("net", {.scope = AddNames(source, {"w"}),
                          .architecture = "mlp",
                          .metadata = Value{{"fc", Value{{"version", 1}}}}});
  const Checkpoint part = PartOf(std::move(source), true);
  EXPECT_EQ(part.DisplayPaths(), Paths{"w"});
  EXPECT_EQ(ValueAt(part, 0).attributes()["_metadata"]["fc"]["version"].AsInt(), 1);
  Checkpoint two;
  two.AddModel("a", {.scope = AddNames(two, {"w"})});
  two.AddModel("b", {.scope = AddNames(two, {"w"})});
  const Checkpoint dicts = PartOf(std::move(two), true);
  EXPECT_EQ(dicts.DisplayPaths(), (Paths{"a/w", "b/w"}));
  EXPECT_TRUE(ValueAt(dicts, 1).attributes().is_null());
}

TEST(InferencePartTest, NamesTheDictsThatItDoesNotKnow) {
  Checkpoint source;
  source.AddValue("left", Dict(source));
  source.AddValue("a/b", Dict(source));
  const Error error = ErrorOf([&] { PartOf(std::move(source)); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.fields().found, R"(left, a\/b)");
  EXPECT_NE(error.fields().advice.find("--only"), std::string::npos);
}

TEST(InferencePartTest, SaysThatThereIsNoDictOfTensors) {
  Checkpoint source;
  source.AddValue("model", Value{{"weights", Value::List({1})}});
  source.AddValue("list", Value::List({Value{{"model", Dict(source)}}}));
  const Error error = ErrorOf([&] { PartOf(std::move(source)); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.fields().found, "no dict of tensors at the root");
  EXPECT_EQ(ErrorOf([] { PartOf(Checkpoint()); }).code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace statestone
