// The states of torch's random number generators as bytes.
#include "statestone/rng.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/error.h"
#include "tests/faults/error_of.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ErrorOf;
using testing::HasSubstr;

// What draws from a generator in different ways; randn of one number keeps half of a pair for
// later.
std::string Draw() {
  return BitsOf(torch::rand({5})) + BitsOf(torch::randn({1}, at::kDouble)) +
         BitsOf(torch::randperm(7)) + BitsOf(torch::randn({20}));
}

TEST(RngTest, AGeneratorGoesOnFromItsState) {
  torch::manual_seed(7);
  Draw();
  const std::string state = CpuRngState();
  const std::string drawn = Draw();
  const std::string end = CpuRngState();
  EXPECT_NE(Draw(), drawn);
  SetCpuRngState(state);
  EXPECT_EQ(Draw(), drawn);
  EXPECT_EQ(CpuRngState(), end);
}

TEST(RngTest, AStateHasItsSizeAndItsSeed) {
  torch::manual_seed(0x0102030405060708);
  const std::string state = CpuRngState();
  EXPECT_EQ(state.size(), cpu_rng_state_bytes);
  EXPECT_EQ(state.substr(0, 8), "\x08\x07\x06\x05\x04\x03\x02\x01");
}

TEST(RngTest, RefusesBytesOfAnotherSizeAndKeepsItsState) {
  const std::string before = CpuRngState();
  for (const std::string& wrong : {std::string(), before.substr(1), before + "x"}) {
    const Error error = ErrorOf([&] { SetCpuRngState(wrong); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().expected, "5056 bytes");
    EXPECT_EQ(error.fields().found, std::to_string(wrong.size()) + " bytes");
  }
  EXPECT_EQ(CpuRngState(), before);
}

// Offsets of the engine's counters: `left` at 8, `seeded` at 12, `next` at 16.
TEST(RngTest, RefusesCountersThatPointOutOfTheGenerator) {
  const std::string before = CpuRngState();
  for (const std::size_t offset : {8, 16}) {
    std::string wrong = before;
    wrong.replace(offset, 4, "\xFF\xFF\xFF\x7F");
    const Error error = ErrorOf([&] { SetCpuRngState(wrong); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << offset;
    EXPECT_THAT(error.fields().found, HasSubstr("mt19937")) << offset;
  }
  EXPECT_EQ(CpuRngState(), before);
}

TEST(RngTest, TheStatesOfCudaAreOneForEachDevice) {
  const std::vector<std::string> states = CudaRngStates();
  EXPECT_EQ(states.size(), torch::cuda::device_count());
  SetCudaRngStates(states);
  std::vector<std::string> one_more = states;
  one_more.emplace_back("x");
  EXPECT_EQ(ErrorOf([&] { SetCudaRngStates(one_more); }).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace statestone
