// Schedulers as C++ sees them: arguments, and what they keep in an optimizer's groups.
// test_schedulers.py compares their learning rates with Python's.
#include "statestone/schedulers.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/error.h"
#include "statestone/optim.h"
#include "statestone/optim/group_extras.h"
#include "tests/faults/error_of.h"
#include "tests/torch_bridge/make_scheduler.h"

namespace statestone::optim {
namespace {

using faults::ErrorOf;
using testing::ElementsAre;
using testing::HasSubstr;
using torch::optim::Optimizer;
using torch::optim::OptimizerParamGroup;

std::vector<at::Tensor> Parameters() { return {torch::zeros({1}, torch::requires_grad())}; }

double RateOf(const Optimizer& optimizer, std::size_t group = 0) {
  return optimizer.param_groups()[group].options().get_lr();
}

class SchedulersTest : public testing::Test {
 protected:
  template <typename Make>
  void ExpectRefused(Make make, const std::string& problem) {
    const Error error = ErrorOf([&] { make(*optimizer_); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(problem));
    EXPECT_EQ(RateOf(*optimizer_), 0.5) << "the optimizer is as it was";
    EXPECT_EQ(MomentumOf(optimizer_->param_groups()[0]), 0.9);
  }

  std::unique_ptr<Optimizer> optimizer_ = MakeOptimizer("SGD", Value::List({0.5}));
};

TEST_F(SchedulersTest, RefuseArgumentsThatPythonRefuses) {
  ExpectRefused([](auto& o) { StepLR scheduler(o, 0); }, "step_size");
  ExpectRefused([](auto& o) { ConstantLR scheduler(o, 1.5); }, "factor");
  ExpectRefused([](auto& o) { LinearLR scheduler(o, 0.0); }, "start_factor");
  ExpectRefused([](auto& o) { LinearLR scheduler(o, 0.5, -0.5); }, "end_factor");
  ExpectRefused([](auto& o) { CosineAnnealingLR scheduler(o, 0); }, "T_max");
  ExpectRefused([](auto& o) { CosineAnnealingWarmRestarts scheduler(o, 0); }, "T_0");
  ExpectRefused([](auto& o) { CosineAnnealingWarmRestarts scheduler(o, 1, 0); }, "T_mult");
  ExpectRefused([](auto& o) { ReduceLROnPlateau scheduler(o, {.factor = 1.0}); }, "factor");
  ExpectRefused([](auto& o) { ReduceLROnPlateau scheduler(o, {.mode = "up"}); }, "mode");
  ExpectRefused([](auto& o) { ReduceLROnPlateau scheduler(o, {.threshold_mode = "up"}); },
                "threshold_mode");
  ExpectRefused([](auto& o) { ReduceLROnPlateau scheduler(o, {.min_lr = {0.1, 0.2}}); }, "min_lr");
}

TEST_F(SchedulersTest, RefuseCyclesThatPythonRefuses) {
  ExpectRefused([](auto& o) { CyclicLR scheduler(o, 0.1, 0.2, {.mode = "square"}); }, "mode");
  ExpectRefused([](auto& o) { CyclicLR scheduler(o, 0.1, 0.2, {.step_size_up = 0}); },
                "divides by zero");
  ExpectRefused(
      [](auto& o) { CyclicLR scheduler(o, 0.1, 0.2, {.step_size_up = 0, .step_size_down = 5}); },
      "step_ratio");
  ExpectRefused([](auto& o) { CyclicLR scheduler(o, {0.1, 0.3}, 0.2); }, "base_lr");
  ExpectRefused([](auto& o) { OneCycleLR scheduler(o, 0.1, {}); }, "total_steps");
  ExpectRefused(
      [](auto& o) { OneCycleLR scheduler(o, 0.1, {.total_steps = 10, .pct_start = 1.5}); },
      "pct_start");
  ExpectRefused(
      [](auto& o) { OneCycleLR scheduler(o, 0.1, {.total_steps = 10, .anneal_strategy = "up"}); },
      "cos or linear");
  ExpectRefused([](auto& o) { OneCycleLR scheduler(o, 0.1, {.total_steps = 10, .div_factor = 0}); },
                "divides by zero");
  ExpectRefused(
      [](auto& o) { OneCycleLR scheduler(o, 0.1, {.total_steps = 10, .pct_start = 0.1}); },
      "divides by zero");
}

TEST_F(SchedulersTest, RefuseToCycleMomentumThatIsNotThere) {
  const auto adagrad = MakeOptimizer("Adagrad", Value::List({0.5}));
  EXPECT_THAT(ErrorOf([&] { CyclicLR scheduler(*adagrad, 0.1, 0.2); }).what(),
              HasSubstr("momentum or betas"));
  EXPECT_THAT(ErrorOf([&] { OneCycleLR scheduler(*adagrad, 0.1, {.total_steps = 9}); }).what(),
              HasSubstr("momentum or betas"));
}

TEST_F(SchedulersTest, RefuseFunctionsThatDoNotFitTheGroups) {
  const auto one = [](std::int64_t) { return 1.0; };
  ExpectRefused([&](auto& o) { LambdaLR scheduler(o, {{one, one}}); }, "lr_lambda");
  ExpectRefused([](auto& o) { LambdaLR scheduler(o, LrLambdas::Function()); }, "is empty");
}

TEST_F(SchedulersTest, AThrowingFunctionLeavesTheStepUndone) {
  LambdaLR scheduler(*optimizer_, [](std::int64_t epoch) {
    if (epoch == 1) throw std::runtime_error("no");
    return 0.5;
  });
  const Value before = scheduler.StateDict();
  EXPECT_THROW(scheduler.Step(), std::runtime_error);
  EXPECT_TRUE(scheduler.StateDict() == before);
}

TEST_F(SchedulersTest, OneCycleSaysWhenItsStepsAreOver) {
  OneCycleLR scheduler(*optimizer_, 0.1, {.total_steps = 3});
  for (int i = 0; i < 3; ++i) scheduler.Step();
  const Value end = scheduler.StateDict();
  EXPECT_THAT(ErrorOf([&] { scheduler.Step(); }).what(), HasSubstr("at most 3 steps"));
  EXPECT_TRUE(scheduler.StateDict() == end);
}

TEST_F(SchedulersTest, SayWhenGroupsWereAddedBehindThem) {
  CosineAnnealingLR cosine(*optimizer_, 10);
  ReduceLROnPlateau plateau(*optimizer_, {.patience = 0, .min_lr = {0.1}});
  ReduceLROnPlateau for_all(*optimizer_, {.patience = 0, .min_lr = 0.1});
  optimizer_->add_param_group(OptimizerParamGroup(Parameters()));
  EXPECT_THAT(ErrorOf([&] {
                for (int i = 0; i < 20; ++i) cosine.Step();
              }).what(),
              HasSubstr("other parameter groups"));
  plateau.Step(1.0);
  EXPECT_THAT(ErrorOf([&] { plateau.Step(1.0); }).what(), HasSubstr("other parameter groups"));
  for_all.Step(1.0);
  for_all.Step(1.0);
  EXPECT_EQ(for_all.StateDict()["min_lrs"].items().size(), 2U);
}

TEST_F(SchedulersTest, SequentialNeedsSchedulersOfItsOptimizerThatCanStart) {
  using Parts = std::vector<std::shared_ptr<LRScheduler>>;
  const auto other = MakeOptimizer("SGD", Value::List({0.5}));
  const auto stranger = std::make_shared<StepLR>(*other, 3);
  const auto step = std::make_shared<StepLR>(*optimizer_, 3);
  const auto chained = std::make_shared<ChainedScheduler>(Parts{step});
  ExpectRefused([](auto& o) { SequentialLR scheduler(o, {}, {}); }, "needs schedulers");
  ExpectRefused([&](auto& o) { SequentialLR scheduler(o, {step, nullptr}, {3}); }, "null pointer");
  ExpectRefused(
      [&](auto& o) {
        SequentialLR scheduler(o, {step, stranger}, {3});
      },
      "scheduler 1 belongs to another optimizer");
  ExpectRefused(
      [&](auto& o) {
        SequentialLR scheduler(o, {step, step}, {});
      },
      "one milestone less");
  ExpectRefused(
      [&](auto& o) {
        SequentialLR scheduler(o, {step, chained}, {3});
      },
      "scheduler 1 cannot start at a milestone");
  ExpectRefused([](auto&) { ChainedScheduler scheduler({}); }, "needs schedulers");
  ExpectRefused([&](auto&) { ChainedScheduler scheduler({step, stranger}); }, "another optimizer");
}

TEST_F(SchedulersTest, ASecondSchedulerStartsFromTheRateBeforeTheFirst) {
  const LinearLR warm_up(*optimizer_, 0.1);
  EXPECT_EQ(RateOf(*optimizer_), 0.05);
  const CosineAnnealingLR cosine(*optimizer_, 10);
  EXPECT_THAT(cosine.StateDict()["base_lrs"].items()[0].AsDouble(), 0.5);
}

TEST(GroupExtrasTest, AreThereFromTheFirstSchedulerOn) {
  Adam optimizer(Parameters(), torch::optim::AdamOptions(0.25).eps(1e-3));
  OptimizerParamGroup& group = optimizer.param_groups()[0];
  EXPECT_EQ(FindExtras(group), nullptr);
  const StepLR scheduler(optimizer, 3);
  ASSERT_NE(FindExtras(group), nullptr);
  EXPECT_EQ(*FindExtras(group), GroupExtras{.initial_lr = 0.25});
  const auto* options = dynamic_cast<const torch::optim::AdamOptions*>(&group.options());
  ASSERT_NE(options, nullptr) << "they are still options of Adam";
  EXPECT_EQ(options->eps(), 1e-3);
}

TEST(GroupExtrasTest, GoAlongWhenAGroupIsCopied) {
  SGD optimizer(Parameters(), torch::optim::SGDOptions(0.25));
  const StepLR scheduler(optimizer, 3);
  const OptimizerParamGroup copy = optimizer.param_groups()[0];
  ASSERT_NE(FindExtras(copy), nullptr);
  EXPECT_EQ(FindExtras(copy)->initial_lr, 0.25);
}

TEST(GroupExtrasTest, HaveAPlaceInEveryOptimizerOfTorch) {
  const torch::optim::SGDOptions sgd(0.1);
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  optimizers.push_back(std::make_unique<SGD>(Parameters(), sgd));
  optimizers.push_back(std::make_unique<Adam>(Parameters()));
  optimizers.push_back(std::make_unique<AdamW>(Parameters()));
  optimizers.push_back(std::make_unique<RMSprop>(Parameters()));
  optimizers.push_back(std::make_unique<Adagrad>(Parameters()));
  optimizers.push_back(std::make_unique<LBFGS>(Parameters()));
  for (auto& optimizer : optimizers) {
    const double before = RateOf(*optimizer);
    ExponentialLR scheduler(*optimizer, 0.5);
    scheduler.Step();
    EXPECT_EQ(RateOf(*optimizer), before * 0.5);
    EXPECT_NE(FindExtras(optimizer->param_groups()[0]), nullptr);
  }
}

struct OwnOptions : torch::optim::OptimizerCloneableOptions<OwnOptions> {
  double get_lr() const override { return lr; }
  void set_lr(double rate) override { lr = rate; }
  double lr = 0.5;
};

struct OwnOptionsWithExtras : OwnOptions, GroupExtras {
  std::unique_ptr<torch::optim::OptimizerOptions> clone() const override {
    return std::make_unique<OwnOptionsWithExtras>(*this);
  }
};

template <typename Options>
struct OwnOptimizer : Optimizer {
  OwnOptimizer() : Optimizer(Parameters(), std::make_unique<Options>()) {}
  torch::Tensor step(LossClosure) override { return {}; }
};

TEST(GroupExtrasTest, NeedAPlaceInOptionsOfOnesOwn) {
  OwnOptimizer<OwnOptions> without;
  const Error error = ErrorOf([&] { StepLR scheduler(without, 3); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.fields().advice, HasSubstr("GroupExtras"));
  OwnOptimizer<OwnOptionsWithExtras> with;
  ExponentialLR scheduler(with, 0.5);
  scheduler.Step();
  EXPECT_EQ(with.param_groups()[0].options().get_lr(), 0.25);
}

TEST(GroupExtrasTest, OneCycleSaysThatTheyAreLost) {
  SGD optimizer(Parameters(), torch::optim::SGDOptions(0.25).momentum(0.5));
  OneCycleLR scheduler(optimizer, 0.1, {.total_steps = 10});
  optimizer.param_groups()[0].set_options(
      std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(0.25)));
  const Error error = ErrorOf([&] { scheduler.Step(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("has lost its"));
}

}  // namespace
}  // namespace statestone::optim
