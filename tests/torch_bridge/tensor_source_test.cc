// Copies for the CPU, tried on tensors that are there already.
#include "torch_bridge/tensor_source.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

TEST(HostCopiesTest, KeepValuesShapesAndRequiresGrad) {
  const at::Tensor weight = RandomBits({3, 4}, at::kFloat, 1).set_requires_grad(true);
  const at::Tensor image =
      RandomBits({2, 3, 4, 5}, at::kHalf, 2).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor empty = torch::empty({0, 4}, at::kLong);
  const auto copies = HostCopies({weight, image, empty});
  EXPECT_EQ(BitsOf(copies[0]), BitsOf(weight));
  EXPECT_TRUE(copies[0].requires_grad());
  EXPECT_EQ(BitsOf(copies[1]), BitsOf(image));
  EXPECT_EQ(copies[1].strides(), image.strides());
  EXPECT_FALSE(copies[1].requires_grad());
  EXPECT_EQ(copies[2].sizes(), empty.sizes());
  EXPECT_NE(copies[0].data_ptr(), weight.data_ptr());
}

TEST(HostCopiesTest, KeepTiesAndOverlaps) {
  const at::Tensor whole = RandomBits({10}, at::kInt, 1);
  const auto copies =
      HostCopies({whole.narrow(0, 0, 6), whole.narrow(0, 4, 6), whole.narrow(0, 4, 6)});
  EXPECT_EQ(BitsOf(copies[0]), BitsOf(whole.narrow(0, 0, 6)));
  EXPECT_EQ(BitsOf(copies[1]), BitsOf(whole.narrow(0, 4, 6)));
  EXPECT_EQ(copies[1].data_ptr(), copies[2].data_ptr());
  EXPECT_EQ(copies[1].data_ptr<int>(), copies[0].data_ptr<int>() + 4);
  EXPECT_NE(copies[0].data_ptr(), whole.data_ptr());
}

TEST(HostCopiesTest, AreNotMadeOfWhatIsOnTheCpu) {
  const at::Tensor tensor = torch::ones({3});
  std::vector<at::Tensor> tensors = {tensor};
  BringToHost(tensors);
  EXPECT_TRUE(tensors[0].is_same(tensor));
}

}  // namespace
}  // namespace statestone
