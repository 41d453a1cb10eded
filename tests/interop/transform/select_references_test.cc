// Selections where several places refer to one tensor, or where attributes do.
#include <gtest/gtest.h>

#include "interop/transform/path_pattern.h"
#include "interop/transform/select.h"
#include "tests/interop/transform/described.h"

namespace statestone {
namespace {

using Paths = std::vector<std::string>;

Selection Without(Checkpoint source, Paths patterns) {
  const PathPatterns drop(std::move(patterns));
  return Select(Shared(std::move(source)),
                [&](const std::string& path) { return !drop.Cover(path); });
}

TEST(SelectReferencesTest, TensorInTwoPlacesStaysOne) {
  Checkpoint source;
  const TensorRef shared = source.AddAnonymousTensor(Floats("", {1}));
  source.AddValue("a", Value::List({Value::Tensor(shared)}));
  source.AddValue("b", Value::Tuple({Value::Tensor(shared), 2}));
  const Checkpoint part = Without(std::move(source), {"b/1"}).checkpoint;
  EXPECT_EQ(part.tensor_count(), 1);
  EXPECT_EQ(ValueAt(part, 0).items()[0].AsTensor(), ValueAt(part, 1).items()[0].AsTensor());
}

TEST(SelectReferencesTest, TensorInTwoPlacesStaysWhereItIsKept) {
  Checkpoint source;
  const TensorRef shared = source.AddAnonymousTensor(Floats("", {1}));
  source.AddValue("a", Value::List({Value::Tensor(shared)}));
  source.AddValue("b", Value::List({Value::Tensor(shared)}));
  const Selection part = Without(std::move(source), {"a"});
  EXPECT_EQ(part.left_out, Paths{"a"});
  EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{"b/0"});
}

// {"first": [w], "model": {"w": w, "b": ..}, "last": [w]}
Checkpoint NamedAndReferredTo() {
  Checkpoint source;
  const ScopeRef scope = AddNames(source, {"w", "b"});
  source.AddValue("first", Value::List({Value::Tensor({0}), 1}));
  source.AddValue("model", Value::TensorDict(scope));
  source.AddValue("last", Value::List({Value::Tensor({0})}));
  return source;
}

TEST(SelectReferencesTest, TensorWithANameThatOthersReferToStaysOne) {
  const Checkpoint part = Without(NamedAndReferredTo(), {"first/1"}).checkpoint;
  EXPECT_EQ(part.DisplayPaths(), (Paths{"model/w", "model/b"}));
  EXPECT_EQ(ValueAt(part, 0).items()[0], Value::Tensor({0}));
  EXPECT_EQ(ValueAt(part, 2).items()[0], Value::Tensor({0}));
  EXPECT_EQ(ElementsOf(part, {0}), std::vector<float>{1});
}

TEST(SelectReferencesTest, TensorLosesItsNameWithItsDictAndStaysOneWhereOthersReferToIt) {
  for (const char* dropped : {"model", "model/w"}) {
    const Selection part = Without(NamedAndReferredTo(), {dropped});
    EXPECT_EQ(part.left_out, Paths{dropped});
    const Value& first = ValueAt(part.checkpoint, 0).items()[0];
    EXPECT_EQ(part.checkpoint.DisplayPaths()[first.AsTensor().index], "first/0");
    EXPECT_EQ(ElementsOf(part.checkpoint, first.AsTensor()), std::vector<float>{1});
    const std::size_t last = part.checkpoint.entries().size() - 1;
    EXPECT_EQ(ValueAt(part.checkpoint, last).items()[0], first);
  }
}

TEST(SelectReferencesTest, UnreferencedTensorsStayAsTheirPathSays) {
  Checkpoint source;
  source.AddAnonymousTensor(Floats("", {1}));
  source.AddAnonymousTensor(Floats("", {2}));
  ASSERT_EQ(source.DisplayPaths(), (Paths{R"(\#tensor/0)", R"(\#tensor/1)"}));
  const Checkpoint part = Without(std::move(source), {R"(\#tensor/0)"}).checkpoint;
  ASSERT_EQ(part.tensor_count(), 1);
  EXPECT_EQ(ElementsOf(part, {0}), std::vector<float>{2});
}

TEST(SelectReferencesTest, TensorsInAttributesComeAlong) {
  Checkpoint source;
  source.AddValue("gone", Value::List({Value::Tensor(source.AddAnonymousTensor(Floats("", {0})))}));
  const auto attributes = [&](float number) {
    const TensorRef tensor = source.AddAnonymousTensor(Floats("", {number}));
    return Value{{"tensor", Value::Tensor(tensor)},
                 {"dict", Value::TensorDict(AddNames(source, {"x"}))}};
  };
  source.AddValue("full", Value::OrderedMap({{"a", 1}}, attributes(1)));
  source.AddValue("empty", Value::OrderedMap({}, attributes(2)));
  source.AddValue("dict", Value::OrderedTensorDict(AddNames(source, {"x"}), attributes(3)));
  const Checkpoint part = Without(std::move(source), {"gone"}).checkpoint;
  EXPECT_EQ(part.tensor_count(), 7);
  for (std::size_t i = 0; i < 3; ++i) {
    const Value& tensor = ValueAt(part, i).attributes()["tensor"];
    EXPECT_EQ(ElementsOf(part, tensor.AsTensor()), std::vector<float>{static_cast<float>(i + 1)});
  }
}

TEST(SelectReferencesTest, TensorsInAttributesGoWithTheirDict) {
  Checkpoint source;
  const TensorRef tensor = source.AddAnonymousTensor(Floats("", {1}));
  const Value attributes{{"tensor", Value::Tensor(tensor)}};
  source.AddValue("map", Value::OrderedMap({{"a", 1}}, attributes));
  source.AddValue("empty", Value::OrderedMap({}, attributes));
  source.AddValue("dict", Value::OrderedTensorDict(AddNames(source, {"x"}), attributes));
  source.AddValue("epoch", 3);
  const Selection part = Without(std::move(source), {"map/a", "empty", "dict"});
  EXPECT_EQ(part.left_out, (Paths{"map", "empty", "dict"}));
  EXPECT_EQ(part.checkpoint.tensor_count(), 0);
}

}  // namespace
}  // namespace statestone
