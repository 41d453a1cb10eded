// Stored models that do not fit a module, and what the options allow.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ScratchDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace nn = torch::nn;

using Parts = std::vector<std::pair<std::string, at::Tensor>>;

class RestoreFitTest : public testing::Test {
 protected:
  StoredCheckpoint Save(Parts tensors) {
    TorchCheckpoint checkpoint;
    checkpoint.AddTensors("model", std::move(tensors));
    checkpoint.Save(path_);
    return TorchCheckpoint::Open(path_);
  }

  StoredCheckpoint Save(const nn::Module& module) {
    TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", module);
    checkpoint.Save(path_);
    return TorchCheckpoint::Open(path_);
  }

  // The report of a refused restore, after which the module is as it was, bit for bit.
  static RestoreReport Refused(const StoredCheckpoint& run, nn::Module& module,
                               const RestoreOptions& options = {}) {
    const auto before = BitsOf(module);
    try {
      run.Restore("model", module, options);
    } catch (const MismatchError& error) {
      EXPECT_EQ(error.code(), ErrorCode::kMismatch);
      EXPECT_EQ(error.fields().entry, "model");
      EXPECT_THAT(error.what(), HasSubstr(error.report().ToString()));
      EXPECT_THAT(error.report().loaded, IsEmpty());
      EXPECT_EQ(BitsOf(module), before);
      return error.report();
    }
    ADD_FAILURE() << "the restore was not refused";
    return {};
  }

  ScratchDirectory directory_;
  std::filesystem::path path_ = directory_ / "run.stone";
};

at::Tensor Some(const std::vector<int64_t>& shape) { return RandomBits(shape, at::kFloat, 1); }

TEST_F(RestoreFitTest, NamesWhatTheFileLacks) {
  const auto run = Save({{"weight", Some({5, 3})}});
  nn::Linear net(3, 5);
  EXPECT_THAT(Refused(run, *net).missing, ElementsAre(TensorDifference{"bias", "float32 [5]", ""}));
}

TEST_F(RestoreFitTest, LeavesMissingTensorsAloneIfAllowed) {
  const auto run = Save({{"weight", Some({5, 3})}});
  nn::Linear net(3, 5);
  const std::string bias = BitsOf(net->bias);
  const RestoreReport report = run.Restore("model", *net, {.allow_missing = true});
  EXPECT_EQ(BitsOf(net->weight), BitsOf(Some({5, 3})));
  EXPECT_EQ(BitsOf(net->bias), bias);
  EXPECT_THAT(report.loaded, ElementsAre("weight"));
  EXPECT_THAT(report.missing, ElementsAre(TensorDifference{"bias", "float32 [5]", ""}));
  EXPECT_FALSE(report.exact());
}

TEST_F(RestoreFitTest, NamesWhatTheModuleLacks) {
  const auto run = Save({{"weight", Some({5, 3})}, {"scale", torch::ones({}, at::kLong)}});
  nn::Linear net(nn::LinearOptions(3, 5).bias(false));
  EXPECT_THAT(Refused(run, *net).unexpected,
              ElementsAre(TensorDifference{"scale", "", "int64 []"}));
  EXPECT_THAT(run.Restore("model", *net, {.allow_unexpected = true}).loaded, ElementsAre("weight"));
}

TEST_F(RestoreFitTest, NamesOtherShapesAndNeverLoadsThem) {
  const auto run = Save({{"weight", Some({3, 5})}, {"bias", Some({1})}});
  nn::Linear net(3, 5);
  const RestoreOptions all = {
      .allow_missing = true, .allow_unexpected = true, .allow_dtype_change = true};
  EXPECT_THAT(Refused(run, *net, all).shape_changed,
              ElementsAre(TensorDifference{"weight", "float32 [5, 3]", "float32 [3, 5]"},
                          TensorDifference{"bias", "float32 [5]", "float32 [1]"}));
}

TEST_F(RestoreFitTest, TellsAScalarFromAVectorOfOneElement) {
  const auto run = Save({{"scale", Some({1})}});
  BufferBag bag({{"scale", torch::zeros({})}});
  EXPECT_THAT(Refused(run, bag).shape_changed,
              ElementsAre(TensorDifference{"scale", "float32 []", "float32 [1]"}));
}

TEST_F(RestoreFitTest, NamesOtherElementTypesAndConvertsThemIfAllowed) {
  const at::Tensor stored = torch::tensor({1.5, -2.25, 1000.0}, at::kDouble);
  const auto run = Save({{"values", stored}});
  BufferBag bag({{"values", torch::zeros({3}, at::kBFloat16)}});
  EXPECT_THAT(Refused(run, bag).dtype_changed,
              ElementsAre(TensorDifference{"values", "bfloat16 [3]", "float64 [3]"}));
  const RestoreReport report = run.Restore("model", bag, {.allow_dtype_change = true});
  EXPECT_EQ(BitsOf(bag.buffers()[0]), BitsOf(stored.to(at::kBFloat16)));
  EXPECT_THAT(report.dtype_changed,
              ElementsAre(TensorDifference{"values", "bfloat16 [3]", "float64 [3]"}));
}

TEST_F(RestoreFitTest, RefusesConversionsThatTorchDoesNotHaveBeforeAnythingChanges) {
  const auto run =
      Save({{"first", torch::ones({3})}, {"packed", RandomBits({3}, c10::ScalarType::Bits1x8, 1)}});
  BufferBag bag({{"first", torch::zeros({3})}, {"packed", torch::zeros({3})}});
  try {
    run.Restore("model", bag, {.allow_dtype_change = true});
    FAIL() << "converted bits to float";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, "packed");
  }
  EXPECT_TRUE(bag.buffers()[0].eq(0).all().item<bool>());
}

TEST_F(RestoreFitTest, ProposesTheRenameThatWouldHelp) {
  nn::Sequential saved(nn::Linear(3, 4), nn::BatchNorm1d(4));
  struct Net : nn::Module {
    explicit Net(nn::Sequential& layers) { register_module("backbone", layers); }
  };
  nn::Sequential layers(nn::Linear(3, 4), nn::BatchNorm1d(4));
  Net net(layers);
  const auto run = Save(*saved);
  const RestoreReport report = Refused(run, net);
  ASSERT_THAT(report.likely_renames, ElementsAre(Rename{"", "backbone."}));
  EXPECT_TRUE(run.Restore("model", net, {.rename = report.likely_renames}).exact());
  EXPECT_EQ(BitsOf(*layers), BitsOf(*saved));
}

TEST_F(RestoreFitTest, RenamesFromTheFileToTheModule) {
  const auto run = Save({{"encoder.weight", Some({5, 3})}, {"encoder.offset", Some({5})}});
  nn::Linear layer(3, 5);
  struct Net : nn::Module {
    explicit Net(nn::Linear& inner) { register_module("backbone", inner); }
  };
  Net net(layer);
  run.Restore("model", net,
              {.rename = {{"encoder.offset", "backbone.bias"}, {"encoder.", "backbone."}}});
  EXPECT_EQ(BitsOf(layer->weight), BitsOf(Some({5, 3})));
  EXPECT_EQ(BitsOf(layer->bias), BitsOf(Some({5})));
}

TEST_F(RestoreFitTest, RefusesARenamePairThatFitsNothing) {
  const auto run = Save({{"weight", Some({5, 3})}, {"bias", Some({5})}});
  nn::Linear net(3, 5);
  EXPECT_THAT(Refused(run, *net, {.rename = {{"encodr.", "backbone."}}}).unused_renames,
              ElementsAre(Rename{"encodr.", "backbone."}));
}

TEST_F(RestoreFitTest, RefusesTwoTensorsUnderOneName) {
  const auto run = Save({{"a.weight", Some({5, 3})}, {"b.weight", Some({5, 3})}});
  nn::Linear net(nn::LinearOptions(3, 5).bias(false));
  try {
    run.Restore("model", *net, {.rename = {{"a.", ""}, {"b.", ""}}});
    FAIL() << "two tensors went to one name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().entry, "weight");
    EXPECT_THAT(error.fields().found, HasSubstr("b.weight"));
    EXPECT_EQ(error.fields().path, path_.native());
  }
}

TEST_F(RestoreFitTest, AcceptsAModelAsWellAsADictOfTensors) {
  nn::Linear saved(3, 5);
  nn::Linear net(3, 5);
  Save(*saved).Restore("model", *net);
  EXPECT_EQ(BitsOf(*net), BitsOf(*saved));
  Save({{"bias", Some({5})}, {"weight", Some({5, 3})}}).Restore("model", *net);
  EXPECT_EQ(BitsOf(net->weight), BitsOf(Some({5, 3})));
}

TEST_F(RestoreFitTest, AcceptsAFileWhoseRootIsADictOfTensors) {
  TorchCheckpoint checkpoint;
  checkpoint.AddTensors("", {{"weight", Some({5, 3})}, {"bias", Some({5})}});
  checkpoint.Save(path_);
  nn::Linear net(3, 5);
  TorchCheckpoint::Open(path_).Restore("", *net);
  EXPECT_EQ(BitsOf(net->weight), BitsOf(Some({5, 3})));
}

TEST_F(RestoreFitTest, SaysWhichEntriesThereAre) {
  TorchCheckpoint checkpoint;
  checkpoint["epoch"] = 3;
  checkpoint.AddTensor("scale", torch::ones({}));
  checkpoint.Save(path_);
  nn::Linear net(3, 5);
  const auto run = TorchCheckpoint::Open(path_);
  try {
    run.Restore("model", *net);
    FAIL() << "found what is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.fields().advice, "the file has epoch, scale");
  }
  for (const auto* entry : {"epoch", "scale"}) {
    try {
      run.Restore(entry, *net);
      FAIL() << "restored from " << entry;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(error.fields().expected, "a model or a dict of tensors");
    }
  }
}

TEST_F(RestoreFitTest, RefusesAModuleWithoutMemoryByName) {
  const auto run = Save({{"weight", Some({5, 3})}});
  BufferBag bag({{"weight", torch::empty({5, 3}, at::kMeta)}});
  try {
    run.Restore("model", bag);
    FAIL() << "restored into nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, "weight");
  }
}

}  // namespace
}  // namespace statestone
