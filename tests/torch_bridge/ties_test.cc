// Tensors that share memory: in the module, in the file, in one of them only.
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

struct Autoencoder : torch::nn::Module {
  explicit Autoencoder(bool tied) {
    encoder = register_parameter("encoder", RandomBits({4, 3}, at::kFloat, 1));
    decoder = register_parameter("decoder", tied ? encoder : RandomBits({4, 3}, at::kFloat, 2));
  }
  at::Tensor encoder;
  at::Tensor decoder;
};

class TiesTest : public testing::Test {
 protected:
  StoredCheckpoint Save(const torch::nn::Module& module) {
    TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", module);
    checkpoint.Save(directory_ / "run.stone");
    return TorchCheckpoint::Open(directory_ / "run.stone");
  }

  StoredCheckpoint Save(std::vector<std::pair<std::string, at::Tensor>> tensors) {
    TorchCheckpoint checkpoint;
    checkpoint.AddTensors("model", std::move(tensors));
    checkpoint.Save(directory_ / "run.stone");
    return TorchCheckpoint::Open(directory_ / "run.stone");
  }

  ScratchDirectory directory_;
};

TEST_F(TiesTest, AreWrittenOnceAndComeBackTied) {
  const auto run = Save(Autoencoder(true));
  EXPECT_EQ(run.reader().tensor_count(), 2u);
  EXPECT_EQ(run.reader().storage_count(), 1u);
  EXPECT_THAT(run.reader().TieGroups(), ElementsAre(1, 1));

  Autoencoder restored(true);
  FillWithRandomBits(restored, 9);
  const RestoreReport report = run.Restore("model", restored);
  EXPECT_EQ(BitsOf(restored), BitsOf(Autoencoder(true)));
  EXPECT_THAT(report.untied, IsEmpty());
  EXPECT_EQ(restored.encoder.data_ptr(), restored.decoder.data_ptr());
}

TEST_F(TiesTest, OfTheFileAreReportedIfTheModuleHasTwoTensors) {
  const auto run = Save(Autoencoder(true));
  Autoencoder restored(false);
  const RestoreReport report = run.Restore("model", restored);
  EXPECT_EQ(BitsOf(restored.encoder), BitsOf(Autoencoder(true).encoder));
  EXPECT_EQ(BitsOf(restored.decoder), BitsOf(Autoencoder(true).encoder));
  EXPECT_THAT(report.untied,
              ElementsAre(TensorDifference{"decoder", "", "memory shared with \"encoder\""}));
  EXPECT_TRUE(report.exact());
}

TEST_F(TiesTest, OfTheModuleRefuseDifferentValuesOfTheFileAndStayUntouched) {
  const auto run = Save(Autoencoder(false));
  Autoencoder restored(true);
  FillWithRandomBits(restored, 9);
  const auto before = BitsOf(restored);
  for (const bool in_place : {false, true}) {
    try {
      run.Restore("model", restored, {.in_place = in_place});
      FAIL() << "restored two values into one tensor";
    } catch (const MismatchError& error) {
      EXPECT_THAT(
          error.report().tie_conflicts,
          ElementsAre(TensorDifference{
              "decoder", "the values of \"encoder\", whose memory it shares", "other values"}));
    }
    EXPECT_EQ(BitsOf(restored), before);
  }
}

TEST_F(TiesTest, OfTheModuleTakeEqualValuesOfTheFile) {
  const at::Tensor weight = RandomBits({4, 3}, at::kFloat, 1);
  const auto run = Save({{"encoder", weight}, {"decoder", weight.clone()}});
  EXPECT_THAT(run.reader().TieGroups(), ElementsAre(0, 0));
  Autoencoder restored(true);
  FillWithRandomBits(restored, 9);
  run.Restore("model", restored);
  EXPECT_EQ(BitsOf(restored.decoder), BitsOf(weight));
}

TEST_F(TiesTest, NeedOnlyOneOfTheirNamesInTheFile) {
  const at::Tensor weight = RandomBits({4, 3}, at::kFloat, 5);
  const auto run = Save({{"decoder", weight}});
  Autoencoder restored(true);
  const RestoreReport report = run.Restore("model", restored);
  EXPECT_EQ(BitsOf(restored.encoder), BitsOf(weight));
  EXPECT_THAT(report.loaded, ElementsAre("encoder", "decoder"));
  EXPECT_TRUE(report.exact());
}

TEST_F(TiesTest, BetweenOverlappingPartsOfOneTensorComeBack) {
  const auto parts = [](const at::Tensor& whole) {
    return BufferBag({{"front", whole.narrow(0, 0, 6)},
                      {"back", whole.narrow(0, 4, 6)},
                      {"every_other", whole.slice(0, 0, 10, 2)}});
  };
  const at::Tensor whole = RandomBits({10}, at::kInt, 1);
  const auto run = Save(parts(whole));
  EXPECT_EQ(run.reader().storage_count(), 1u);
  const at::Tensor target = torch::zeros({10}, at::kInt);
  BufferBag restored = parts(target);
  EXPECT_THAT(run.Restore("model", restored).untied, IsEmpty());
  EXPECT_EQ(BitsOf(target), BitsOf(whole));
}

TEST_F(TiesTest, BetweenPartsRefuseAFileThatDoesNotHaveThem) {
  const auto run =
      Save({{"front", torch::ones({6}, at::kInt)}, {"back", torch::zeros({6}, at::kInt)}});
  const at::Tensor target = torch::full({10}, 7, at::kInt);
  BufferBag restored({{"front", target.narrow(0, 0, 6)}, {"back", target.narrow(0, 4, 6)}});
  try {
    run.Restore("model", restored);
    FAIL() << "restored tensors that overlap differently";
  } catch (const MismatchError& error) {
    EXPECT_THAT(error.report().tie_conflicts,
                ElementsAre(TensorDifference{"back", "memory shared with \"front\"",
                                             "memory of its own, or shared differently"}));
  }
  EXPECT_TRUE(target.eq(7).all().item<bool>());
}

TEST_F(TiesTest, InsideOneTensorCannotBeRestored) {
  const auto run = Save({{"row", torch::ones({3, 4})}});
  BufferBag restored({{"row", torch::zeros({4}).expand({3, 4})}});
  try {
    run.Restore("model", restored);
    FAIL() << "restored into an expanded tensor";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, "row");
  }
}

}  // namespace
}  // namespace statestone
