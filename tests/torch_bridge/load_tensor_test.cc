// Single tensors of a file, with memory of their own or over the file's.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <optional>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ReadWhole;
using faults::ScratchDirectory;
using testing::HasSubstr;

class LoadTensorTest : public testing::Test {
 protected:
  void Save(Compression compression) {
    TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", *net_);
    checkpoint.AddTensor("mean", mean_);
    checkpoint.AddTensors(
        "more",
        {{"empty", torch::empty({0, 3})}, {"image", image_}, {"scalar", torch::tensor(2.5)}});
    checkpoint.Save(path_, {.compression = compression});
  }

  StoredCheckpoint Open(bool writable_views = true) const {
    return TorchCheckpoint::Open(path_, {.writable_views = writable_views});
  }

  ScratchDirectory directory_;
  std::filesystem::path path_ = directory_ / "run.stone";
  torch::nn::Linear net_{300, 200};
  at::Tensor mean_ = RandomBits({7}, at::kDouble, 1);
  at::Tensor image_ =
      RandomBits({2, 3, 4, 5}, at::kHalf, 2).contiguous(at::MemoryFormat::ChannelsLast);
};

TEST_F(LoadTensorTest, GivesAnyTensorByItsPath) {
  Save(Compression::kAuto);
  const auto run = Open();
  EXPECT_EQ(BitsOf(run.LoadTensor("model/weight")), BitsOf(net_->weight));
  EXPECT_EQ(BitsOf(run.LoadTensor("mean")), BitsOf(mean_));
  EXPECT_EQ(run.LoadTensor("more/scalar").item<float>(), 2.5f);
  EXPECT_EQ(run.LoadTensor("more/empty").sizes(), (std::vector<int64_t>{0, 3}));
  EXPECT_FALSE(run.LoadTensor("model/weight").requires_grad());
}

TEST_F(LoadTensorTest, SaysThatThereIsNone) {
  Save(Compression::kAuto);
  for (const bool view : {false, true}) {
    try {
      Open().LoadTensor("model/wieght", {.view = view});
      FAIL() << "found what is not there";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_EQ(error.fields().entry, "model/wieght");
      EXPECT_EQ(error.fields().path, path_.native());
    }
  }
}

TEST_F(LoadTensorTest, ViewsHaveTheValuesAndStridesOfTheFile) {
  Save(Compression::kNone);
  const auto run = Open();
  EXPECT_EQ(BitsOf(run.LoadTensor("model/weight", {.view = true})), BitsOf(net_->weight));
  EXPECT_EQ(BitsOf(run.LoadTensor("more/image", {.view = true})), BitsOf(image_));
  EXPECT_EQ(run.LoadTensor("more/image", {.view = true}).strides(), image_.strides());
  EXPECT_EQ(run.LoadTensor("more/scalar", {.view = true}).item<float>(), 2.5f);
  EXPECT_EQ(run.LoadTensor("more/empty", {.view = true}).numel(), 0);
  EXPECT_EQ(run.LoadTensor("model/weight", {.view = true}).data_ptr(),
            run.LoadTensor("model/weight", {.view = true}).data_ptr())
      << "both are the map itself";
  EXPECT_NE(run.LoadTensor("model/weight").data_ptr(), run.LoadTensor("model/weight").data_ptr());
}

TEST_F(LoadTensorTest, WritingThroughAViewNeverReachesTheFile) {
  Save(Compression::kNone);
  const std::string before = ReadWhole(path_);
  const at::Tensor view = Open().LoadTensor("model/weight", {.view = true});
  view.fill_(3);
  EXPECT_TRUE(view.eq(3).all().item<bool>());
  EXPECT_EQ(ReadWhole(path_), before);
  EXPECT_EQ(BitsOf(Open().LoadTensor("model/weight")), BitsOf(net_->weight));
}

TEST_F(LoadTensorTest, AViewOutlivesTheCheckpointAndItsOwnTensor) {
  Save(Compression::kNone);
  std::optional<StoredCheckpoint> run = Open();
  at::Tensor view = run->LoadTensor("model/weight", {.view = true});
  at::Tensor column = view.select(1, 7);
  run.reset();
  std::filesystem::remove(path_);
  EXPECT_EQ(BitsOf(view), BitsOf(net_->weight));
  view.reset();
  EXPECT_EQ(BitsOf(column), BitsOf(net_->weight.select(1, 7)));
}

TEST_F(LoadTensorTest, AViewOfACompressedTensorHasMemoryOfItsOwn) {
  Save(Compression::kAuto);
  const auto run = Open();
  ASSERT_EQ(run.reader()
                .storage(run.reader().tensor(*run.reader().FindTensor("model/weight")).storage)
                .layout,
            StorageLayout::kPlanes);
  const at::Tensor view = run.LoadTensor("model/weight", {.view = true});
  EXPECT_EQ(BitsOf(view), BitsOf(net_->weight));
  EXPECT_NE(view.data_ptr(), run.LoadTensor("model/weight", {.view = true}).data_ptr());
}

TEST_F(LoadTensorTest, RefusesAViewThatAWriteWouldCrash) {
  Save(Compression::kNone);
  try {
    Open(/*writable_views=*/false).LoadTensor("model/weight", {.view = true});
    FAIL() << "gave a tensor over read-only memory";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("open it with ReadOptions::writable_views"));
  }
}

}  // namespace
}  // namespace statestone
