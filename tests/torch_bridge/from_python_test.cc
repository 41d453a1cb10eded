// Checkpoints that torch.save wrote in Python, converted and restored into C++ modules. The files
// are made by make_from_python.py.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/convert.h"
#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ScratchDirectory;
using testing::HasSubstr;
namespace nn = torch::nn;

nn::ModuleList Net() {
  return nn::ModuleList(
      nn::Conv2d(3, 4, 3), nn::BatchNorm2d(4),
      nn::ModuleList(nn::LSTM(nn::LSTMOptions(4, 5).bidirectional(true)), nn::Embedding(6, 4)));
}

class FromPythonTest : public testing::Test {
 protected:
  StoredCheckpoint Convert(std::string_view name) {
    const std::filesystem::path data = STATESTONE_TEST_DATA;
    ConvertPt(data / name, directory_ / "converted.stone");
    return TorchCheckpoint::Open(directory_ / "converted.stone");
  }

  // Element i of tensor t is t + i / 1024, in the order of Python's state_dict.
  static void ExpectNumbersOfPython(const nn::Module& module) {
    int t = 0;
    for (const NamedTensor& named : NamedTensors(module)) {
      const at::Tensor numbers =
          torch::arange(named.tensor.numel(), at::kDouble).div(1024).add(t++);
      EXPECT_EQ(BitsOf(named.tensor),
                BitsOf(numbers.to(named.tensor.scalar_type()).reshape(named.tensor.sizes())))
          << named.name;
    }
    EXPECT_EQ(t, 16);
  }

  ScratchDirectory directory_;
};

TEST_F(FromPythonTest, AStateDictRestoresIntoTheSameModuleOfCpp) {
  auto net = Net();
  const RestoreReport report = Convert("state_dict.pt").Restore("", *net);
  EXPECT_EQ(report.loaded, NamesOf(*net)) << "names and order are the same in both languages";
  EXPECT_TRUE(report.exact());
  ExpectNumbersOfPython(*net);
}

TEST_F(FromPythonTest, AStateDictInsideACheckpointIsFoundByItsPath) {
  auto net = Net();
  const auto run = Convert("checkpoint.pt");
  run.Restore("net/weights", *net);
  ExpectNumbersOfPython(*net);
  EXPECT_EQ(run["epoch"].AsInt(), 7);
  EXPECT_EQ(run["loss"].AsDouble(), 0.25);
}

TEST_F(FromPythonTest, ADictAroundTheStateDictIsRefusedWithTheWayToIt) {
  auto net = Net();
  try {
    Convert("checkpoint.pt").Restore("net", *net);
    FAIL() << "took a dict of dicts for a model";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("there are dicts of tensors in it: net/weights"));
  }
}

}  // namespace
}  // namespace statestone
