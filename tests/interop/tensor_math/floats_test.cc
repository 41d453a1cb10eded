#include "interop/tensor_math/floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "interop/tensor_math/element_values.h"

namespace statestone::tensor_math {
namespace {

template <typename Number>
std::vector<Number> Table(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(STATESTONE_FLOAT_TABLES) / name;
  std::vector<Number> numbers(std::filesystem::file_size(path) / sizeof(Number));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(Number)));
  return numbers;
}

// Equal bits, but one NaN for all.
bool Same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

class FloatsTest : public testing::TestWithParam<DType> {};

TEST_P(FloatsTest, EveryBitPatternIsTheNumberThatTorchSays) {
  const std::vector<float> expected = Table<float>(std::string(Name(GetParam())));
  const std::size_t bytes = ElementBytes(GetParam());
  ASSERT_EQ(expected.size(), std::size_t{1} << 8 * bytes);
  const ElementLoader loader = *LoaderOf(GetParam());
  for (std::uint32_t bits = 0; bits < expected.size(); ++bits) {
    std::byte element[4];
    std::memcpy(element, &bits, sizeof bits);
    double value = 0;
    loader.values(element, 1, &value);
    ASSERT_TRUE(Same(static_cast<float>(value), expected[bits]))
        << bits << ": " << value << " and not " << expected[bits];
  }
}

INSTANTIATE_TEST_SUITE_P(Of, FloatsTest,
                         testing::Values(DType::kFloat16, DType::kBFloat16, DType::kFloat8E4M3FN,
                                         DType::kFloat8E5M2, DType::kFloat8E4M3FNUZ,
                                         DType::kFloat8E5M2FNUZ, DType::kFloat8E8M0FNU),
                         [](const auto& dtype) { return std::string(Name(dtype.param)); });

template <typename Round>
void ExpectRounded(const std::string& name, const Round& round) {
  const std::vector<float> inputs = Table<float>(name + "_inputs");
  const std::vector<std::uint16_t> expected = Table<std::uint16_t>(name + "_rounded");
  ASSERT_GT(inputs.size(), 300000u);
  ASSERT_EQ(inputs.size(), expected.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_EQ(round(inputs[i]), expected[i]) << inputs[i];
  }
}

TEST(RoundingTest, GivesTheFloat16ThatTorchGivesAroundEveryNumberAndEveryMiddle) {
  ExpectRounded("float16", ToFloat16);
}

TEST(RoundingTest, GivesTheBFloat16ThatTorchGivesAroundEveryNumberAndEveryMiddle) {
  ExpectRounded("bfloat16", ToBFloat16);
}

TEST(RoundingTest, KeepsNanAndItsSign) {
  const float nan = std::bit_cast<float>(0x7F800001u);
  const float negative = std::bit_cast<float>(0xFFC00000u);
  EXPECT_TRUE(std::isnan(FromFloat16(ToFloat16(nan))));
  EXPECT_TRUE(std::isnan(FromBFloat16(ToBFloat16(nan))));
  EXPECT_EQ(ToFloat16(negative) >> 15, 1);
  EXPECT_EQ(ToBFloat16(negative) >> 15, 1);
}

TEST(RoundingTest, RoundsADoubleOnceAndNotTwice) {
  // Just above the middle between 1 and the next bfloat16: as a float it is that middle, which
  // would go to even, down.
  const double above = 1 + 0x1p-8 + 0x1p-40;
  EXPECT_EQ(FromBFloat16(ToBFloat16(static_cast<float>(above))), 1.0F);
  EXPECT_EQ(FromBFloat16(ToBFloat16(RoundToOdd(above))), 1 + 0x1p-7F);
  EXPECT_EQ(FromFloat16(ToFloat16(RoundToOdd(-(1 + 0x1p-11 + 0x1p-40)))), -(1 + 0x1p-10F));
  EXPECT_EQ(RoundToOdd(0.5), 0.5F);
  EXPECT_EQ(FromBFloat16(ToBFloat16(RoundToOdd(1e300))), HUGE_VALF);
  EXPECT_EQ(FromFloat16(ToFloat16(RoundToOdd(1e-300))), 0.0F);
  EXPECT_TRUE(std::isnan(RoundToOdd(std::nan(""))));
}

}  // namespace
}  // namespace statestone::tensor_math
