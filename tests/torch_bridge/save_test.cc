// What cannot be saved is refused by name, and nothing is written.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <functional>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::WriteWhole;
using testing::ElementsAre;
using testing::HasSubstr;

struct Refusal {
  std::string name;
  std::function<at::Tensor()> make;
  std::string problem;
};

void PrintTo(const Refusal& param, std::ostream* out) { *out << param.name; }

class RefusalTest : public testing::TestWithParam<Refusal> {};

INSTANTIATE_TEST_SUITE_P(
    Tensors, RefusalTest,
    testing::Values(
        Refusal{"Undefined", [] { return at::Tensor(); }, "undefined tensor"},
        Refusal{"Sparse", [] { return torch::eye(3).to_sparse(); }, "tensor that is not strided"},
        Refusal{"SparseRows", [] { return torch::eye(3).to_sparse_csr(); },
                "tensor that is not strided"},
        Refusal{"Quantized",
                [] { return at::quantize_per_tensor(torch::ones({3}), 0.5, 0, at::kQInt8); },
                "quantized tensor"},
        Refusal{"Meta", [] { return torch::empty({3}, at::kMeta); }, "tensor without memory"},
        Refusal{"Conjugate", [] { return torch::ones({3}, at::kComplexFloat).conj(); },
                "conjugate view"},
        Refusal{"Negative", [] { return at::imag(torch::ones({3}, at::kComplexFloat).conj()); },
                "negative view"}),
    [](const auto& refusal) { return refusal.param.name; });

TEST_P(RefusalTest, NamesTheTensorAndLeavesTheOldFile) {
  const ScratchDirectory directory;
  WriteWhole(directory / "run.stone", "the old file");
  TorchCheckpoint checkpoint;
  checkpoint.AddTensors("odd/ones", {{"fine", torch::ones({2})}, {"x.y", GetParam().make()}});
  try {
    checkpoint.Save(directory / "run.stone");
    FAIL() << "saved it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, "odd\\/ones/x.y");
    EXPECT_THAT(error.fields().problem, HasSubstr(GetParam().problem));
    EXPECT_EQ(error.fields().path, (directory / "run.stone").native());
    EXPECT_NE(error.fields().advice, "");
  }
  EXPECT_EQ(ReadWhole(directory / "run.stone"), "the old file");
  EXPECT_THAT(directory.Names(), ElementsAre("run.stone"));
}

TEST(SaveTest, RefusesValuesThatReferToTensorsOfAFile) {
  const ScratchDirectory directory;
  TorchCheckpoint first;
  first.AddTensor("mean", torch::ones({2}));
  first.Save(directory / "first.stone");
  TorchCheckpoint second;
  second["copied"] = TorchCheckpoint::Open(directory / "first.stone")["mean"];
  try {
    second.Save(directory / "second.stone");
    FAIL() << "saved a reference into another file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, "copied");
  }
  EXPECT_THAT(directory.Names(), ElementsAre("first.stone"));
}

TEST(SaveTest, RefusesTwoEntriesOfOneName) {
  const torch::nn::Linear net(2, 2);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  try {
    checkpoint.AddModel("model", *net);
    FAIL() << "took a second entry of the same name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().entry, "model");
  }
  try {
    checkpoint["model"] = 3;
    FAIL() << "turned a model into a value";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().entry, "model");
  }
}

TEST(SaveTest, WritesTheSameBytesWhateverTheNumberOfThreads) {
  const ScratchDirectory directory;
  torch::nn::Linear net(500, 700);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  checkpoint.Save(directory / "one.stone", {.threads = 1});
  checkpoint.Save(directory / "three.stone", {.threads = 3});
  EXPECT_EQ(ReadWhole(directory / "one.stone"), ReadWhole(directory / "three.stone"));
}

}  // namespace
}  // namespace statestone
