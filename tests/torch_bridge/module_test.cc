// What a checkpoint sees of a module: names, order, training flags, requires_grad.
#include "statestone/module.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ScratchDirectory;
using testing::ElementsAre;
using testing::IsEmpty;
namespace nn = torch::nn;

nn::ModuleList Net() {
  return nn::ModuleList(nn::Linear(3, 4), nn::BatchNorm1d(4), nn::ModuleList(nn::Linear(4, 2)));
}

TEST(NamedTensorsTest, HaveTheOrderOfPython) {
  EXPECT_THAT(NamesOf(*Net()),
              ElementsAre("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean",
                          "1.running_var", "1.num_batches_tracked", "2.0.weight", "2.0.bias"));
}

TEST(NamedTensorsTest, TellParametersFromBuffers) {
  for (const NamedTensor& named : NamedTensors(*nn::BatchNorm1d(4))) {
    const bool parameter = named.name == "weight" || named.name == "bias";
    EXPECT_EQ(named.kind, parameter ? TensorKind::kParameter : TensorKind::kBuffer) << named.name;
  }
}

TEST(NamedTensorsTest, LeaveOutWhatIsUndefined) {
  EXPECT_THAT(NamesOf(*nn::BatchNorm1d(nn::BatchNorm1dOptions(4).affine(false))),
              ElementsAre("running_mean", "running_var", "num_batches_tracked"));
}

TEST(NamedTensorsTest, HaveTiedOnesUnderEachName) {
  const nn::Linear shared(2, 2);
  EXPECT_THAT(NamesOf(*nn::Sequential(shared, shared)),
              ElementsAre("0.weight", "0.bias", "1.weight", "1.bias"));
}

TEST(TrainingFlagsTest, NameTheSubmodulesInTheOtherMode) {
  auto net = Net();
  net->children()[2]->eval();
  EXPECT_EQ(ReadTrainingFlags(*net), (TrainingFlags{TrainingMode::kTrain, {"2", "2.0"}}));
  net->eval();
  net->children()[1]->train();
  EXPECT_EQ(ReadTrainingFlags(*net), (TrainingFlags{TrainingMode::kEval, {"1"}}));
}

TEST(TrainingFlagsTest, SetEachSubmoduleOnItsOwn) {
  auto net = Net();
  for (const TrainingFlags& flags :
       {TrainingFlags{TrainingMode::kTrain, {"2", "2.0"}},
        TrainingFlags{TrainingMode::kEval, {"2"}}, TrainingFlags{TrainingMode::kTrain, {}}}) {
    ApplyTrainingFlags(flags, *net);
    EXPECT_EQ(ReadTrainingFlags(*net), flags);
  }
}

TEST(TrainingFlagsTest, ChangeNothingIfUnknown) {
  auto net = Net();
  net->children()[1]->eval();
  const TrainingFlags before = ReadTrainingFlags(*net);
  ApplyTrainingFlags({}, *net);
  EXPECT_EQ(ReadTrainingFlags(*net), before);
}

class SavedFlagsTest : public testing::Test {
 protected:
  StoredCheckpoint Save(const nn::Module& module) {
    TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", module);
    checkpoint.Save(directory_ / "run.stone");
    return TorchCheckpoint::Open(directory_ / "run.stone");
  }

  ScratchDirectory directory_;
};

TEST_F(SavedFlagsTest, ComeBackWithAFrozenSubmoduleIfAskedFor) {
  auto saved = Net();
  saved->children()[1]->eval();
  const auto run = Save(*saved);
  EXPECT_EQ(run.reader().ReadModel("model").training, TrainingMode::kTrain);
  EXPECT_THAT(run.reader().ReadModel("model").training_exceptions, ElementsAre("1"));

  auto restored = Net();
  const RestoreReport report = run.Restore("model", *restored);
  EXPECT_THAT(report.training_differs, ElementsAre("1"));
  EXPECT_TRUE(restored->children()[1]->is_training()) << "only if asked for";
  run.Restore("model", *restored, {.apply_training_mode = true});
  EXPECT_EQ(ReadTrainingFlags(*restored), ReadTrainingFlags(*saved));
  EXPECT_THAT(run.Restore("model", *restored).training_differs, IsEmpty());
}

TEST_F(SavedFlagsTest, AreReportedForTheModuleItself) {
  const auto run = Save(*Net());
  auto restored = Net();
  restored->eval();
  const RestoreReport report = run.Restore("model", *restored);
  EXPECT_EQ(report.file_training, TrainingMode::kTrain);
  EXPECT_EQ(report.module_training, TrainingMode::kEval);
  EXPECT_THAT(report.training_differs, ElementsAre(""));
}

TEST_F(SavedFlagsTest, OfGradientsAreKeptAndAppliedIfAskedFor) {
  auto saved = Net();
  saved->ptr<nn::LinearImpl>(0)->weight.set_requires_grad(false);
  const auto run = Save(*saved);
  const auto scope = run.reader().ReadModel("model").scope;
  EXPECT_FALSE(run.reader().tensor(*run.reader().Find(scope, "0.weight")).requires_grad);
  EXPECT_TRUE(run.reader().tensor(*run.reader().Find(scope, "0.bias")).requires_grad);
  EXPECT_EQ(run.reader().tensor(*run.reader().Find(scope, "0.bias")).kind, TensorKind::kParameter);
  EXPECT_EQ(run.reader().tensor(*run.reader().Find(scope, "1.running_var")).kind,
            TensorKind::kBuffer);

  auto restored = Net();
  run.Restore("model", *restored);
  EXPECT_TRUE(restored->ptr<nn::LinearImpl>(0)->weight.requires_grad());
  run.Restore("model", *restored, {.apply_requires_grad = true});
  EXPECT_FALSE(restored->ptr<nn::LinearImpl>(0)->weight.requires_grad());
  EXPECT_TRUE(restored->ptr<nn::LinearImpl>(0)->bias.requires_grad());
}

}  // namespace
}  // namespace statestone
