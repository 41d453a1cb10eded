// Optimizers and schedulers as tagged maps, and optimizers as Python's state_dict().
#include "statestone/optimizer_state.h"

#include <gmock/gmock.h>

#include <array>

namespace statestone {
namespace {

using testing::HasSubstr;

// Two parameters of an Adam after one step, as a description holds them.
class OptimizerStateTest : public testing::Test {
 protected:
  TensorRef AddTensor(std::uint64_t elements) {
    return checkpoint_.AddAnonymousTensor({.shape = {elements}, .data = numbers_.data()});
  }

  OptimizerState Adam() {
    OptimizerState adam{.algorithm = "Adam", .model = "model"};
    adam.slots.push_back(
        {"step", {{"weight", Value::Tensor(AddTensor(1))}, {"bias", Value::Tensor(AddTensor(1))}}});
    adam.slots.push_back(
        {"exp_avg",
         {{"weight", Value::Tensor(AddTensor(4))}, {"bias", Value::Tensor(AddTensor(2))}}});
    adam.groups.push_back({{"weight"}, {{"lr", 0.5}, {"foreach", Value()}}});
    adam.groups.push_back({{"bias"}, {{"lr", 0.25}, {"foreach", Value()}}});
    return adam;
  }

  // Tensors of slots under the names of their parameters.
  Value Make(const OptimizerState& optimizer) {
    return MakeOptimizerValue(optimizer, [&](const auto& tensors) {
      const ScopeRef scope = checkpoint_.AddScope();
      for (const auto& [parameter, tensor] : tensors) {
        TensorSource source = checkpoint_.tensor(tensor);
        source.name = parameter;
        checkpoint_.AddTensor(scope, std::move(source));
      }
      return scope;
    });
  }

  std::string ProblemOf(const Value& value) {
    std::string problem;
    EXPECT_FALSE(ReadOptimizerState(value, MembersIn(checkpoint_), &problem).has_value());
    return problem;
  }

  // The same map with another value under one of its keys.
  static Value With(const Value& map, std::string_view key, const Value& item) {
    std::vector<Value::Pair> pairs;
    for (std::size_t i = 0; i < map.keys().size(); ++i) {
      const bool here = map.keys()[i].AsString() == key;
      pairs.emplace_back(map.keys()[i], here ? item : map.items()[i]);
    }
    return Value::Map(std::move(pairs));
  }

  std::array<float, 16> numbers_{};
  Checkpoint checkpoint_;
};

TEST_F(OptimizerStateTest, ComesBackFromTheValueThatStandsForIt) {
  const Value value = Make(Adam());

  const auto read = ReadOptimizerState(value, MembersIn(checkpoint_));

  EXPECT_EQ(TagOf(value), "optimizer");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->algorithm, "Adam");
  EXPECT_EQ(read->model, "model");
  ASSERT_EQ(read->groups.size(), 2);
  EXPECT_EQ(read->groups[1].parameters, std::vector<std::string>{"bias"});
  EXPECT_EQ(*read->groups[1].Find("lr"), Value(0.25));
  EXPECT_EQ(read->groups[1].Find("momentum"), nullptr);
  ASSERT_NE(read->FindSlot("exp_avg"), nullptr);
  const Value* moment = read->FindSlot("exp_avg")->Find("bias");
  ASSERT_NE(moment, nullptr);
  EXPECT_EQ(checkpoint_.tensor(moment->AsTensor()).shape, std::vector<std::uint64_t>{2});
}

TEST_F(OptimizerStateTest, HasTheMomentsUnderTheNamesOfTheirParameters) {
  checkpoint_.AddValue("optimizer", Make(Adam()));

  EXPECT_THAT(checkpoint_.DisplayPaths(), testing::Contains("optimizer/state/exp_avg/weight"));
}

TEST_F(OptimizerStateTest, CountsParametersThroughAllGroupsInAStateDict) {
  const Value state_dict = MakeStateDict(Adam());

  const Value& groups = state_dict["param_groups"];
  EXPECT_EQ(groups.items()[0]["params"], Value::List({Value(0)}));
  EXPECT_EQ(groups.items()[1]["params"], Value::List({Value(1)}));
  EXPECT_EQ(state_dict["state"].keys()[1], Value(1));
  EXPECT_EQ(state_dict["state"].items()[1].keys()[0], Value("step"));
}

TEST_F(OptimizerStateTest, ReadsBackAStateDictWithTheNamesOfItsParameters) {
  const OptimizerState adam = Adam();

  const auto read = ReadStateDict(MakeStateDict(adam), MembersIn(checkpoint_), {"weight", "bias"});

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(MakeStateDict(*read), MakeStateDict(adam));
  EXPECT_EQ(read->groups[1].parameters, std::vector<std::string>{"bias"});
}

TEST_F(OptimizerStateTest, KeepsTheOrderInWhichParametersGotTheirState) {
  OptimizerState adam = Adam();
  for (OptimizerState::Slot& slot : adam.slots) std::swap(slot.values[0], slot.values[1]);

  const Value state_dict = MakeStateDict(adam);

  EXPECT_EQ(state_dict["state"].keys()[0], Value(1));
  EXPECT_TRUE(ReadStateDict(state_dict, MembersIn(checkpoint_), {"weight", "bias"}).has_value());
}

TEST_F(OptimizerStateTest, LeavesAStateDictAloneThatWouldNotComeBackTheSame) {
  const Value state_dict = MakeStateDict(Adam());
  const ScopeMembers members = MembersIn(checkpoint_);
  const std::vector<std::string> names = {"weight", "bias"};
  const Value& groups = state_dict["param_groups"];
  const Value other_order =
      With(state_dict, "param_groups", Value::List({groups.items()[1], groups.items()[0]}));
  const Value no_parameters = With(state_dict, "state", Value::Map({{2, Value::Map({})}}));
  const Value texts_as_keys = With(state_dict, "state", Value::Map({{"0", Value::Map({})}}));
  const Value empty_state = With(state_dict, "state", Value::Map({{0, Value::Map({})}}));

  for (const Value& value : {other_order, no_parameters, texts_as_keys, empty_state}) {
    EXPECT_FALSE(ReadStateDict(value, members, names).has_value());
  }
  EXPECT_FALSE(ReadStateDict(state_dict, members, {"weight"}).has_value());
  EXPECT_FALSE(ReadStateDict(state_dict, members, {"weight", "bias", "more"}).has_value());
}

TEST_F(OptimizerStateTest, SaysWhyAValueIsNoOptimizer) {
  const Value value = Make(Adam());
  const Value& group = value["param_groups"].items()[0];
  const auto with_group = [&](const Value& changed) {
    return With(value, "param_groups", Value::List({changed}));
  };

  EXPECT_THAT(ProblemOf(Value(1)), HasSubstr("not tagged"));
  EXPECT_THAT(ProblemOf(Value::Map({{"statestone", "optimizer"}})), HasSubstr("other keys"));
  EXPECT_THAT(ProblemOf(With(value, "algorithm", Value(1))), HasSubstr("algorithm"));
  EXPECT_THAT(ProblemOf(With(value, "model", Value())), HasSubstr("model"));
  EXPECT_THAT(ProblemOf(With(value, "state", Value(1))), HasSubstr("state"));
  EXPECT_THAT(ProblemOf(With(value, "param_groups", Value(1))), HasSubstr("param_groups"));
  EXPECT_THAT(ProblemOf(with_group(Value::Map({{"lr", 1.0}}))), HasSubstr("params"));
  EXPECT_THAT(ProblemOf(with_group(With(group, "params", Value::List({Value(0)})))),
              HasSubstr("parameter is no text"));
  EXPECT_THAT(ProblemOf(with_group(group)), HasSubstr("\"bias\", which no group has"));
  EXPECT_THAT(ProblemOf(With(value, "param_groups", Value::List({group, group}))),
              HasSubstr("\"weight\" is in it twice"));
  EXPECT_THAT(ProblemOf(With(value, "state", Value::Map({{"step", 3}}))),
              HasSubstr("\"step\" is neither"));
}

TEST_F(OptimizerStateTest, RefusesToMakeOneThatCouldNotBeRead) {
  OptimizerState twice = Adam();
  twice.groups[1].parameters = {"weight"};
  OptimizerState unknown = Adam();
  unknown.slots[0].values[0].first = "other";
  OptimizerState params = Adam();
  params.groups[0].options.emplace_back("params", 1);

  for (const OptimizerState& optimizer : {twice, unknown, params}) {
    try {
      Make(optimizer);
      FAIL() << "it was made";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

TEST_F(OptimizerStateTest, KeepsASlotOfOtherValuesAsAMap) {
  OptimizerState adam = Adam();
  adam.slots.push_back({"calls", {{"weight", 3}}});

  const Value value = Make(adam);

  EXPECT_EQ(value["state"]["calls"], Value::Map({{"weight", 3}}));
  EXPECT_EQ(ReadOptimizerState(value, MembersIn(checkpoint_))->FindSlot("calls")->values.size(), 1);
}

TEST(SchedulerStateTest, ComesBackFromTheValueThatStandsForIt) {
  const SchedulerState scheduler{"StepLR", "optimizer", Value::Map({{"step_size", 30}})};

  const auto read = ReadSchedulerState(MakeSchedulerValue(scheduler));

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->algorithm, "StepLR");
  EXPECT_EQ(read->optimizer, "optimizer");
  EXPECT_EQ(read->state, scheduler.state);
}

TEST(SchedulerStateTest, SaysWhyAValueIsNoScheduler) {
  std::string problem;

  EXPECT_FALSE(ReadSchedulerState(Value::Map({{"step_size", 30}}), &problem).has_value());
  EXPECT_THAT(problem, HasSubstr("not tagged"));
  EXPECT_FALSE(ReadSchedulerState(Value::Map({{"statestone", "scheduler"}}), &problem).has_value());
  EXPECT_THAT(problem, HasSubstr("other parts"));
}

}  // namespace
}  // namespace statestone
