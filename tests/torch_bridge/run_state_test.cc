// What is kept of a run beside its model goes on with the same bits: optimizers, schedulers and the
// random numbers of LibTorch.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <functional>
#include <memory>

#include "statestone/optimizer_state.h"
#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"
#include "tests/torch_bridge/small_run.h"

namespace statestone {
namespace {

namespace nn = torch::nn;
namespace optim = torch::optim;
using faults::ScratchDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct OptimizerClass {
  std::string name;
  std::function<std::unique_ptr<optim::Optimizer>(std::vector<at::Tensor>)> make;
};

void PrintTo(const OptimizerClass& param, std::ostream* out) { *out << param.name; }

template <typename Optimizer, typename Options>
OptimizerClass Class(std::string name, Options options) {
  return {std::move(name), [options](std::vector<at::Tensor> parameters) {
            return std::make_unique<Optimizer>(std::move(parameters), options);
          }};
}

class EachOptimizerTest : public testing::TestWithParam<OptimizerClass> {
 protected:
  ScratchDirectory scratch_;
};

TEST_P(EachOptimizerTest, GoesOnWithTheSameBitsAfterARestore) {
  nn::Sequential net = MakeNet();
  const auto optimizer = GetParam().make(net->parameters());
  Train(net, *optimizer, 3);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  checkpoint.AddOptimizer("optimizer", *optimizer, "model");
  checkpoint.Save(scratch_ / "run.stone");

  nn::Sequential resumed = MakeNet();
  const auto other = GetParam().make(resumed->parameters());
  const StoredCheckpoint run = TorchCheckpoint::Open(scratch_ / "run.stone");
  run.Restore("model", *resumed);
  const RestoreReport report = run.Restore("optimizer", *other, *resumed);

  Train(net, *optimizer, 4);
  Train(resumed, *other, 4);
  EXPECT_THAT(report.loaded, ElementsAre("0.weight", "0.bias", "2.weight", "2.bias"));
  EXPECT_EQ(BitsOf(*resumed), BitsOf(*net));
}

TEST_P(EachOptimizerTest, IsWrittenAgainAsItWasRestored) {
  nn::Sequential net = MakeNet();
  const auto optimizer = GetParam().make(net->parameters());
  Train(net, *optimizer, 2);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  checkpoint.AddOptimizer("optimizer", *optimizer, "model");
  checkpoint.Save(scratch_ / "first.stone");
  const StoredCheckpoint first = TorchCheckpoint::Open(scratch_ / "first.stone");
  const auto other = GetParam().make(net->parameters());
  first.Restore("optimizer", *other, *net);

  TorchCheckpoint again;
  again.AddModel("model", *net);
  again.AddOptimizer("optimizer", *other, "model");
  again.Save(scratch_ / "second.stone");

  const Reader second = Reader::Open(scratch_ / "second.stone");
  EXPECT_EQ(ToHex(second.ContentDigest()), ToHex(first.reader().ContentDigest()));
}

INSTANTIATE_TEST_SUITE_P(
    Torch, EachOptimizerTest,
    testing::Values(
        Class<optim::SGD>("SGD", optim::SGDOptions(0.1).momentum(0.9).nesterov(true)),
        Class<optim::SGD>("SGDWithoutState", optim::SGDOptions(0.1)),
        Class<optim::Adam>("Adam", optim::AdamOptions(0.01).amsgrad(true)),
        Class<optim::AdamW>("AdamW", optim::AdamWOptions(0.01).betas({0.8, 0.9})),
        Class<optim::RMSprop>("RMSprop", optim::RMSpropOptions(0.01).centered(true).momentum(0.5)),
        Class<optim::Adagrad>("Adagrad", optim::AdagradOptions(0.1).lr_decay(0.01)),
        Class<optim::LBFGS>("LBFGS", optim::LBFGSOptions(0.5).max_iter(4).history_size(3))),
    [](const auto& each) { return each.param.name; });

TEST(SchedulerEntryTest, GoesOnWhereItWasSaved) {
  const ScratchDirectory scratch;
  nn::Sequential net = MakeNet();
  optim::SGD sgd(net->parameters(), 0.5);
  statestone::optim::StepLR scheduler(sgd, 2);
  for (int i = 0; i < 3; ++i) scheduler.Step();
  TorchCheckpoint checkpoint;
  checkpoint.AddScheduler("schedule", scheduler, "optimizer");
  checkpoint.Save(scratch / "run.stone");
  const StoredCheckpoint run = TorchCheckpoint::Open(scratch / "run.stone");
  statestone::optim::StepLR resumed(sgd, 7);
  statestone::optim::ExponentialLR other(sgd, 0.9);

  run.Restore("schedule", resumed);

  EXPECT_EQ(resumed.StateDict(), scheduler.StateDict());
  EXPECT_EQ(ReadSchedulerState(run["schedule"])->optimizer, "optimizer");
  const auto [code, text] = ErrorOf([&] { run.Restore("schedule", other); });
  EXPECT_EQ(code, ErrorCode::kMismatch);
  EXPECT_THAT(text, HasSubstr("found StepLR"));
}

TEST(RngTest, DrawsTheSameNumbersAfterARestore) {
  const ScratchDirectory scratch;
  torch::manual_seed(5);
  torch::rand({3});
  TorchCheckpoint checkpoint;
  checkpoint.AddRng("rng");
  checkpoint.Save(scratch / "run.stone");
  const at::Tensor drawn = torch::randn({7});

  TorchCheckpoint::Open(scratch / "run.stone").RestoreRng("rng");

  EXPECT_EQ(BitsOf(torch::randn({7})), BitsOf(drawn));
}

TEST(RngTest, RefusesATensorThatIsNoState) {
  const ScratchDirectory scratch;
  TorchCheckpoint checkpoint;
  checkpoint.AddTensor("rng", torch::zeros({16}, at::kByte));
  checkpoint.Save(scratch / "run.stone");
  const at::Tensor before = torch::randn({2});

  const auto [code, text] =
      ErrorOf([&] { TorchCheckpoint::Open(scratch / "run.stone").RestoreRng("rng"); });

  EXPECT_EQ(code, ErrorCode::kMismatch);
  EXPECT_THAT(text, HasSubstr("5056"));
}

}  // namespace
}  // namespace statestone
