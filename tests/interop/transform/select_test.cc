#include "interop/transform/select.h"

#include <gtest/gtest.h>

#include "interop/transform/path_pattern.h"
#include "tests/interop/transform/described.h"

namespace statestone {
namespace {

using Paths = std::vector<std::string>;

Selection Without(std::shared_ptr<const Checkpoint> source, Paths patterns) {
  const PathPatterns drop(std::move(patterns));
  return Select(std::move(source), [&](const std::string& path) { return !drop.Cover(path); });
}

Selection Only(std::shared_ptr<const Checkpoint> source, Paths patterns) {
  const PathPatterns only(std::move(patterns));
  return Select(std::move(source), [&](const std::string& path) { return only.Cover(path); });
}

// Two dicts of tensors, a list with a tensor, a number.
std::shared_ptr<const Checkpoint> SmallRun() {
  Checkpoint run;
  run.AddValue("model", Value::OrderedTensorDict(AddNames(run, {"fc.weight", "fc.bias"}),
                                                 Value{{"_metadata", 2}}));
  const TensorRef best = run.AddAnonymousTensor(Floats("", {9}));
  run.AddValue("history", Value::List({1.5, Value::Tensor(best), Value{{"best", 3}}}));
  run.AddValue("ema", Value::TensorDict(AddNames(run, {"fc.weight"})));
  run.AddValue("epoch", 12);
  return Shared(std::move(run));
}

TEST(SelectTest, OfEverythingIsTheSame) {
  const auto source = SmallRun();
  const Selection all = Without(source, {});
  EXPECT_EQ(all.left_out, Paths());
  EXPECT_EQ(EntryNames(all.checkpoint), EntryNames(*source));
  EXPECT_EQ(all.checkpoint.DisplayPaths().size(), 4);
  EXPECT_EQ(ValueAt(all.checkpoint, 0).attributes(), (Value{{"_metadata", 2}}));
  const Value& history = ValueAt(all.checkpoint, 1);
  EXPECT_EQ(ElementsOf(all.checkpoint, history.items()[1].AsTensor()), std::vector<float>{9});
  EXPECT_EQ(history.items()[2], ValueAt(*source, 1).items()[2]);
}

TEST(SelectTest, TensorsGoOneByOneAndKeepTheirOrder) {
  const Selection part = Without(SmallRun(), {"model/fc.weight"});
  EXPECT_EQ(part.left_out, Paths{"model/fc.weight"});
  EXPECT_EQ(part.checkpoint.DisplayPaths(), (Paths{"model/fc.bias", "history/1", "ema/fc.weight"}));
  EXPECT_EQ(ElementsOf(part.checkpoint, {0}), std::vector<float>{2});
}

TEST(SelectTest, NamesOnlyTheHighestNodeOfWhatGoesWhole) {
  const Selection part = Without(SmallRun(), {"*.weight", "model/fc.bias", "history/?"});
  EXPECT_EQ(part.left_out, (Paths{"model", "history", "ema"}));
  EXPECT_EQ(EntryNames(part.checkpoint), Paths{"epoch"});
  EXPECT_EQ(part.checkpoint.tensor_count(), 0);
}

TEST(SelectTest, NamesOnlyTheRootWhenAllBelowItGoes) {
  Checkpoint list;
  list.AddValue("", Value::List({1, Value{{"a", 2}}, 3}));
  const Selection nothing = Only(Shared(std::move(list)), {"else"});
  EXPECT_EQ(nothing.left_out, Paths{""});
  EXPECT_TRUE(nothing.checkpoint.entries().empty());
}

TEST(SelectTest, MembersOfListsAndTuplesLeaveTheirPlaces) {
  Checkpoint source;
  source.AddValue("list", Value::List({1, 2, 3}));
  source.AddValue("tuple", Value::Tuple({1, Value::List({2, 3})}));
  const Selection part = Without(Shared(std::move(source)), {"list/1", "tuple/1/0"});
  EXPECT_EQ(part.left_out, (Paths{"list/1", "tuple/1/0"}));
  EXPECT_EQ(ValueAt(part.checkpoint, 0), Value::List({1, nullptr, 3}));
  EXPECT_EQ(ValueAt(part.checkpoint, 1), Value::Tuple({1, Value::List({nullptr, 3})}));
}

TEST(SelectTest, MembersOfMapsAndSetsLeaveNothing) {
  Checkpoint source;
  source.AddValue("map", Value::Map({{"a", 1}, {2, 3}, {"c/d", 4}}));
  source.AddValue("set", Value::Set({5, 6}));
  source.AddValue("size", Value::Size({7, 8}));
  const Selection part =
      Without(Shared(std::move(source)), {R"(map/\#2)", R"(map/c\/d)", "set/0", "size/0"});
  EXPECT_EQ(part.left_out, (Paths{R"(map/\#2)", R"(map/c\/d)", "set/0"}));
  EXPECT_EQ(ValueAt(part.checkpoint, 0), Value::Map({{"a", 1}}));
  EXPECT_EQ(ValueAt(part.checkpoint, 1), Value::Set({6}));
  EXPECT_EQ(ValueAt(part.checkpoint, 2), Value::Size({7, 8})) << "a size is one value";
}

TEST(SelectTest, PathsBelowTheRootAreThoseOfTheFile) {
  Checkpoint source;
  source.AddValue("", Value::TensorDict(AddNames(source, {"a", "b"})));
  EXPECT_EQ(Only(Shared(std::move(source)), {"b"}).checkpoint.DisplayPaths(), Paths{"b"});
  Checkpoint odd;
  const TensorRef x = odd.AddAnonymousTensor(Floats("", {1}));
  const TensorRef y = odd.AddAnonymousTensor(Floats("", {2}));
  const Value nested = Value::Map({{"x", Value::Tensor(x)}, {"", Value::Tensor(y)}});
  odd.AddValue("", Value::Map({{"", nested}, {1, 2}}));
  ASSERT_EQ(odd.DisplayPaths(), (Paths{"/x", "/"}));
  EXPECT_EQ(Only(Shared(std::move(odd)), {"/x"}).checkpoint.DisplayPaths(), Paths{"/x"});
}

TEST(SelectTest, EmptyContainersStayAsTheirOwnPathSays) {
  Checkpoint source;
  source.AddValue("dict", Value::TensorDict(source.AddScope()));
  source.AddValue("map", Value::Map({}));
  source.AddModel("model", {.scope = source.AddScope()});
  const auto shared = Shared(std::move(source));
  EXPECT_EQ(EntryNames(Without(shared, {}).checkpoint), (Paths{"dict", "map", "model"}));
  const Selection part = Only(shared, {"map"});
  EXPECT_EQ(EntryNames(part.checkpoint), Paths{"map"});
  EXPECT_EQ(part.left_out, (Paths{"dict", "model"}));
}

TEST(SelectTest, ModelsKeepAllButTheTensorsThatGo) {
  Checkpoint source;
  ModelSource model{.scope = AddNames(source, {"fc.weight", "fc.bias"}),
                    .architecture = "net",
                    .architecture_version = "2",
                    .config = Value{{"width", 8}},
                    .training = TrainingMode::kTrain,
                    .training_exceptions = {"bn"},
                    .metadata = Value{{"fc", Value{{"version", 1}}}}};
  source.AddModel("net", std::move(model));
  const auto shared = Shared(std::move(source));
  const Selection part = Without(shared, {"net/fc.weight", "net/width", "net/fc"});
  const auto& kept = std::get<ModelSource>(part.checkpoint.entries()[0].body);
  EXPECT_EQ(part.checkpoint.DisplayPaths(), Paths{"net/fc.bias"});
  EXPECT_EQ(kept.architecture, "net");
  EXPECT_EQ(kept.architecture_version, "2");
  EXPECT_EQ(kept.config, (Value{{"width", 8}})) << "what is in it has no path";
  EXPECT_EQ(kept.training, TrainingMode::kTrain);
  EXPECT_EQ(kept.training_exceptions, Paths{"bn"});
  EXPECT_EQ(kept.metadata, (Value{{"fc", Value{{"version", 1}}}}));
  EXPECT_TRUE(Without(shared, {"net/fc.*"}).checkpoint.entries().empty());
}

TEST(SelectTest, AttachmentsStayOrGoWhole) {
  const std::vector<std::byte> bytes(3, std::byte{7});
  Checkpoint source;
  source.AddAttachment("a/b", {.bytes = 3, .data = bytes.data(), .media_type = "text/plain"});
  source.AddAttachment("c", {.bytes = 3, .data = bytes.data()});
  const Selection part = Only(Shared(std::move(source)), {R"(a\/b)"});
  EXPECT_EQ(part.left_out, Paths{"c"});
  ASSERT_EQ(EntryNames(part.checkpoint), Paths{"a/b"});
  const auto& kept = std::get<AttachmentSource>(part.checkpoint.entries()[0].body);
  EXPECT_EQ(kept.media_type, "text/plain");
  EXPECT_EQ(kept.data, bytes.data());
}

TEST(SelectTest, TiesStridesAndRolesStay) {
  Checkpoint source;
  const ScopeRef scope = source.AddScope();
  TensorSource whole = Floats("embedding", {1, 2, 3, 4});
  whole.shape = {2, 2};
  whole.kind = TensorKind::kParameter;
  whole.requires_grad = true;
  TensorSource turned = whole;
  turned.name = "head";
  turned.strides = {1, 2};
  source.AddTensor(scope, whole);
  source.AddTensor(scope, Floats("between", {5}));
  source.AddTensor(scope, turned);
  source.AddValue("model", Value::TensorDict(scope));
  const Checkpoint part = Without(Shared(std::move(source)), {"model/between"}).checkpoint;
  EXPECT_EQ(part.TieGroups(), (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(part.tensor({1}).strides, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(part.tensor({0}).kind, TensorKind::kParameter);
  EXPECT_TRUE(part.tensor({0}).requires_grad);
  EXPECT_EQ(ElementsOf(part, {1}), (std::vector<float>{1, 3, 2, 4}));
}

TEST(SelectTest, KeepsWhatItReadsFrom) {
  auto source = std::make_shared<Checkpoint>();
  const auto file = std::make_shared<std::vector<float>>(1, 4.5F);
  const std::weak_ptr<std::vector<float>> watched = file;
  const ScopeRef scope = source->AddScope();
  source->AddTensor(scope,
                    {.name = "w",
                     .shape = {1},
                     .pieces = [bytes = file->data()](std::uint64_t, std::span<std::byte> out) {
                       std::copy_n(reinterpret_cast<const std::byte*>(bytes), 4, out.data());
                     }});
  source->AddValue("", Value::TensorDict(scope));
  source->Keep(file);
  Selection part = Without(std::shared_ptr<const Checkpoint>(std::move(source)), {});
  EXPECT_EQ(watched.use_count(), 2) << "this test's, and the source's";
  EXPECT_EQ(ElementsOf(part.checkpoint, {0}), std::vector<float>{4.5F});
}

}  // namespace
}  // namespace statestone
