// States of schedulers that do not fit, and numbers in them that nobody would choose: a state is
// taken as a whole or refused with the name of the key, and no number crashes a step.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <limits>

#include "statestone/error.h"
#include "statestone/schedulers.h"
#include "tests/faults/error_of.h"
#include "tests/torch_bridge/make_scheduler.h"

namespace statestone::optim {
namespace {

using faults::ErrorOf;
using testing::HasSubstr;
using torch::optim::Optimizer;

using Made = std::shared_ptr<Scheduler>;

std::vector<Made> OneOfEach(Optimizer& optimizer) {
  const auto epoch_count = [](std::int64_t epoch) { return 1.0 / static_cast<double>(epoch + 1); };
  auto warm_up = std::make_shared<LinearLR>(optimizer);
  auto decay = std::make_shared<ExponentialLR>(optimizer, 0.9);
  auto first = std::make_shared<ChainedScheduler>(std::vector<std::shared_ptr<LRScheduler>>{
      std::make_shared<ConstantLR>(optimizer), std::make_shared<LambdaLR>(optimizer, epoch_count)});
  return {
      std::make_shared<StepLR>(optimizer, 3),
      std::make_shared<MultiStepLR>(optimizer, std::vector<std::int64_t>{2, 4}),
      std::make_shared<ConstantLR>(optimizer),
      std::make_shared<LinearLR>(optimizer),
      std::make_shared<ExponentialLR>(optimizer, 0.9),
      std::make_shared<PolynomialLR>(optimizer),
      std::make_shared<CosineAnnealingLR>(optimizer, 10),
      std::make_shared<CosineAnnealingWarmRestarts>(optimizer, 3, 2),
      std::make_shared<CyclicLR>(optimizer, 0.1, 0.2),
      std::make_shared<OneCycleLR>(optimizer, 0.1, OneCycleLROptions{.total_steps = 100}),
      std::make_shared<ReduceLROnPlateau>(optimizer),
      std::make_shared<LambdaLR>(optimizer, epoch_count),
      std::make_shared<MultiplicativeLR>(optimizer, epoch_count),
      std::make_shared<SequentialLR>(
          optimizer, std::vector<std::shared_ptr<LRScheduler>>{first, warm_up, decay},
          std::vector<std::int64_t>{2, 4}),
  };
}

void Step(Scheduler& scheduler) {
  if (auto* plateau = dynamic_cast<ReduceLROnPlateau*>(&scheduler)) {
    plateau->Step(1.0);
  } else {
    dynamic_cast<LRScheduler&>(scheduler).Step();
  }
}

// Nothing but a typed error may come of it.
void StepOrRefuse(Scheduler& scheduler) {
  for (int i = 0; i < 3; ++i) {
    try {
      Step(scheduler);
    } catch (const Error& error) {
      EXPECT_NE(error.fields().problem, "") << error.what();
    }
  }
}

Value WithoutKey(const Value& map, std::size_t index) {
  std::vector<Value::Pair> pairs;
  for (std::size_t i = 0; i < map.keys().size(); ++i) {
    if (i != index) pairs.emplace_back(map.keys()[i], map.items()[i]);
  }
  return Value::Map(std::move(pairs));
}

Value WithKey(const Value& map, Value key, Value item) {
  std::vector<Value::Pair> pairs;
  for (std::size_t i = 0; i < map.keys().size(); ++i) {
    pairs.emplace_back(map.keys()[i], map.items()[i]);
  }
  pairs.emplace_back(std::move(key), std::move(item));
  return Value::Map(std::move(pairs));
}

Value WithItem(const Value& container, std::size_t index, const Value& item) {
  std::vector<Value> items(container.items().begin(), container.items().end());
  items[index] = item;
  if (container.kind() == ValueKind::kList) return Value::List(std::move(items));
  std::vector<Value::Pair> pairs;
  for (std::size_t i = 0; i < items.size(); ++i) pairs.emplace_back(container.keys()[i], items[i]);
  return Value::Map(std::move(pairs));
}

class SchedulerStateTest : public testing::Test {
 protected:
  // The error of a refused state, after which the scheduler's own is as it was.
  static Error Refused(Scheduler& scheduler, const Value& state) {
    const Value before = scheduler.StateDict();
    Error error = ErrorOf([&] { scheduler.LoadStateDict(state); });
    EXPECT_EQ(error.code(), ErrorCode::kMismatch) << error.what();
    EXPECT_TRUE(scheduler.StateDict() == before) << scheduler.TypeName();
    return error;
  }

  std::unique_ptr<Optimizer> optimizer_ = MakeOptimizer("SGD", Value::List({0.1, 0.2}));
  std::vector<Made> schedulers_ = OneOfEach(*optimizer_);
};

TEST_F(SchedulerStateTest, IsTakenBackAsItWasWritten) {
  for (const Made& scheduler : schedulers_) {
    const Value start = scheduler->StateDict();
    Step(*scheduler);
    EXPECT_FALSE(scheduler->StateDict() == start) << scheduler->TypeName();
    scheduler->LoadStateDict(start);
    EXPECT_TRUE(scheduler->StateDict() == start) << scheduler->TypeName();
  }
}

TEST_F(SchedulerStateTest, LeavesTheLearningRatesOfTheOptimizerAlone) {
  StepLR scheduler(*optimizer_, 1);
  const Value start = scheduler.StateDict();
  scheduler.Step();
  const double rate = optimizer_->param_groups()[0].options().get_lr();
  scheduler.LoadStateDict(start);
  EXPECT_EQ(optimizer_->param_groups()[0].options().get_lr(), rate);
  EXPECT_NE(scheduler.LastLr()[0], rate);
}

TEST_F(SchedulerStateTest, RefusesEveryMissingKeyByName) {
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    for (std::size_t i = 0; i < state.keys().size(); ++i) {
      const std::string key = state.keys()[i].AsString();
      // These are there only in the first part of a SequentialLR.
      const Error error = Refused(*scheduler, WithoutKey(state, i));
      EXPECT_EQ(error.fields().entry, key);
      EXPECT_THAT(error.what(), HasSubstr("it has no such key"));
      EXPECT_THAT(error.what(), HasSubstr(scheduler->TypeName()));
    }
  }
}

TEST_F(SchedulerStateTest, RefusesUnknownKeysByName) {
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    EXPECT_EQ(Refused(*scheduler, WithKey(state, "verbose", false)).fields().entry, "verbose");
    EXPECT_EQ(Refused(*scheduler, WithKey(state, 7, false)).fields().entry, "\\#7");
  }
}

TEST_F(SchedulerStateTest, RefusesAKeyThatIsThereTwice) {
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    const Error error = Refused(*scheduler, WithKey(state, state.keys()[0], state.items()[0]));
    EXPECT_EQ(error.fields().entry, state.keys()[0].AsString());
    EXPECT_THAT(error.what(), HasSubstr("a key twice"));
  }
}

TEST_F(SchedulerStateTest, RefusesEveryKeyWithAnotherKindOfValue) {
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    for (std::size_t i = 0; i < state.keys().size(); ++i) {
      const Error error = Refused(*scheduler, WithItem(state, i, Value::Bytes("x")));
      EXPECT_EQ(error.fields().entry, state.keys()[i].AsString());
      EXPECT_THAT(error.what(), HasSubstr("another kind of value"));
      EXPECT_NE(error.fields().expected, "");
      EXPECT_EQ(error.fields().found, "bytes");
    }
  }
}

TEST_F(SchedulerStateTest, RefusesListsThatDoNotFitTheGroups) {
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    for (std::size_t i = 0; i < state.keys().size(); ++i) {
      const std::string key = state.keys()[i].AsString();
      if (state.items()[i].kind() != ValueKind::kList || key == "min_lrs") continue;
      const Error error = Refused(*scheduler, WithItem(state, i, Value::List({})));
      EXPECT_EQ(error.fields().entry, key);
    }
  }
}

TEST_F(SchedulerStateTest, RefusesWhatIsNoDict) {
  for (const Made& scheduler : schedulers_) {
    EXPECT_THAT(Refused(*scheduler, Value::List({})).what(), HasSubstr("a dict"));
    EXPECT_THAT(Refused(*scheduler, nullptr).what(), HasSubstr("None"));
  }
}

TEST_F(SchedulerStateTest, RefusesStatesOfOtherSchedulers) {
  for (const Made& one : schedulers_) {
    for (const Made& other : schedulers_) {
      // These two have the same keys.
      const bool alike =
          (one->TypeName() == "LambdaLR" || one->TypeName() == "MultiplicativeLR") &&
          (other->TypeName() == "LambdaLR" || other->TypeName() == "MultiplicativeLR");
      if (one->TypeName() != other->TypeName() && !alike) Refused(*one, other->StateDict());
    }
  }
}

TEST_F(SchedulerStateTest, NamesTheKeyOfAPart) {
  Scheduler& sequential = *schedulers_.back();
  ASSERT_EQ(sequential.TypeName(), "SequentialLR");
  const Value state = sequential.StateDict();
  const std::size_t parts = state.keys().size() - 1;
  const Value& second = state["_schedulers"].items()[1];
  const Value wrong = WithItem(state["_schedulers"], 1, WithItem(second, 0, "fast"));
  const Error error = Refused(sequential, WithItem(state, parts, wrong));
  EXPECT_EQ(error.fields().entry, "_schedulers/1/start_factor");
  EXPECT_EQ(error.fields().found, "\"fast\"");
  EXPECT_THAT(error.what(), HasSubstr("LinearLR"));
}

// Every number of every state, also inside lists and parts, in turn becomes each of `numbers`.
void ForEachChangedNumber(const Value& state, const std::vector<Value>& numbers,
                          const std::function<void(const Value&)>& visit) {
  for (std::size_t i = 0; i < state.items().size(); ++i) {
    const Value& item = state.items()[i];
    const auto within = [&](const Value& changed) { visit(WithItem(state, i, changed)); };
    if (item.kind() == ValueKind::kInt64 || item.kind() == ValueKind::kFloat64) {
      for (const Value& number : numbers) within(number);
    } else if (item.kind() == ValueKind::kList || item.kind() == ValueKind::kMap) {
      ForEachChangedNumber(item, numbers, within);
    }
  }
}

TEST_F(SchedulerStateTest, NoNumberCrashesAStep) {
  using Limits = std::numeric_limits<double>;
  constexpr std::int64_t big = std::int64_t{1} << 53;
  const std::vector<Value> numbers = {0,
                                      1,
                                      -1,
                                      big,
                                      -big,
                                      big + 1,
                                      std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min(),
                                      0.0,
                                      -1.5,
                                      Limits::max(),
                                      Limits::denorm_min(),
                                      Limits::infinity(),
                                      -Limits::infinity(),
                                      Limits::quiet_NaN()};
  int taken = 0;
  int refused = 0;
  for (const Made& scheduler : schedulers_) {
    const Value state = scheduler->StateDict();
    ForEachChangedNumber(state, numbers, [&](const Value& changed) {
      try {
        scheduler->LoadStateDict(changed);
        ++taken;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kMismatch);
        EXPECT_TRUE(scheduler->StateDict() == state);
        ++refused;
      }
      StepOrRefuse(*scheduler);
      scheduler->LoadStateDict(state);
    });
  }
  EXPECT_GT(taken, 500);
  EXPECT_GT(refused, 500);
}

TEST_F(SchedulerStateTest, KeepsIntsAndFloatsApart) {
  ExponentialLR of_float(*optimizer_, 1.0);
  ExponentialLR of_int(*optimizer_, 1);
  EXPECT_EQ(of_float.StateDict()["gamma"].kind(), ValueKind::kFloat64);
  EXPECT_EQ(of_int.StateDict()["gamma"].kind(), ValueKind::kInt64);
  of_float.LoadStateDict(of_int.StateDict());
  EXPECT_EQ(of_float.StateDict()["gamma"].kind(), ValueKind::kInt64);
}

TEST_F(SchedulerStateTest, RefusesMomentumThatTheOptimizerDoesNotHave) {
  const auto adam = MakeOptimizer("Adam", Value::List({0.1, 0.2}));
  const auto adagrad = MakeOptimizer("Adagrad", Value::List({0.1, 0.2}));
  CyclicLR of_momentum(*optimizer_, 0.1, 0.2);
  CyclicLR of_beta1(*adam, 0.1, 0.2);
  CyclicLR of_neither(*adagrad, 0.1, 0.2, {.cycle_momentum = false});
  EXPECT_EQ(Refused(of_momentum, of_beta1.StateDict()).fields().entry, "use_beta1");
  EXPECT_EQ(Refused(of_neither, of_momentum.StateDict()).fields().entry, "cycle_momentum");
  of_momentum.LoadStateDict(of_neither.StateDict());
}

}  // namespace
}  // namespace statestone::optim
