#include "interop/tensor_math/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "interop/tensor_math/element_values.h"

namespace statestone::tensor_math {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename Number>
Statistics Of(DType dtype, const std::vector<Number>& numbers) {
  return Summarize(dtype, std::as_bytes(std::span(numbers)));
}

TEST(StatisticsTest, CountsWhatIsNotFiniteAndLeavesItOutOfTheSums) {
  const Statistics found = Of<double>(DType::kFloat64, {3, std::nan(""), -kInfinity, 0, -0.0, -4});
  EXPECT_EQ(found.elements, 6u);
  EXPECT_EQ(found.nans, 1u);
  EXPECT_EQ(found.infinities, 1u);
  EXPECT_EQ(found.zeros, 2u);
  EXPECT_EQ(found.lowest, -4);
  EXPECT_EQ(found.highest, 3);
  EXPECT_EQ(found.Mean(), -0.25);
  EXPECT_EQ(found.Norm(), 5);
}

TEST(StatisticsTest, HasNoMeanWithoutFiniteElements) {
  EXPECT_TRUE(std::isnan(Of<float>(DType::kFloat32, {}).Mean()));
  EXPECT_TRUE(std::isnan(Of<float>(DType::kFloat32, {NAN}).Mean()));
  EXPECT_EQ(Of<float>(DType::kFloat32, {}).Norm(), 0);
}

TEST(StatisticsTest, NormNeitherOverflowsNorVanishes) {
  EXPECT_DOUBLE_EQ(Of<double>(DType::kFloat64, {3e300, 4e300}).Norm(), 5e300);
  EXPECT_DOUBLE_EQ(Of<double>(DType::kFloat64, {3e-300, 4e-300}).Norm(), 5e-300);
  Statistics pieces = Of<double>(DType::kFloat64, {3e-300});
  pieces.Append(Of<double>(DType::kFloat64, {7}));
  EXPECT_DOUBLE_EQ(pieces.Norm(), 7);
  pieces.Append(Of<double>(DType::kFloat64, {1e300}));
  EXPECT_DOUBLE_EQ(pieces.Norm(), 1e300);
}

TEST(StatisticsTest, SumsOfManyPiecesKeepWhatALargeOneWouldSwallow) {
  Statistics sum = Of<double>(DType::kFloat64, {1e16});
  for (int i = 0; i < 1000; ++i) sum.Append(Of<double>(DType::kFloat64, {1}));
  sum.Append(Of<double>(DType::kFloat64, {-1e16}));
  EXPECT_EQ(sum.Mean(), 1000.0 / 1002);
}

TEST(StatisticsTest, KeepsTheBoundsOfIntegersExact) {
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const Statistics found = Of<std::int64_t>(DType::kInt64, {large, -large, 0});
  EXPECT_TRUE(found.is_integer);
  EXPECT_EQ(found.lowest_key, -large);
  EXPECT_EQ(found.highest_key, large);
  EXPECT_EQ(found.zeros, 1u);
}

TEST(StatisticsTest, TakesTheMagnitudeOfComplexNumbers) {
  const Statistics found = Of<float>(DType::kComplex64, {3, 4, 0, 0, NAN, 1});
  EXPECT_EQ(found.elements, 3u);
  EXPECT_EQ(found.highest, 5);
  EXPECT_EQ(found.zeros, 1u);
  EXPECT_EQ(found.nans, 1u);
}

TEST(StatisticsTest, KnowsOfOpaqueElementsOnlyWhetherTheyAreZero) {
  const Statistics found = Of<std::uint8_t>(DType::kBits8, {0, 1, 2, 0});
  EXPECT_FALSE(found.has_numbers);
  EXPECT_EQ(found.zeros, 2u);
}

TEST(StatisticsTest, FindsInRandomBitsOfEveryLengthWhatALoopOverElementsFinds) {
  std::mt19937_64 random(6);
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64,
                            DType::kFloat8E4M3FN, DType::kFloat8E8M0FNU, DType::kBool, DType::kInt8,
                            DType::kUInt16, DType::kInt32, DType::kUInt64}) {
    const std::size_t size = ElementBytes(dtype);
    const ElementLoader loader = *LoaderOf(dtype);
    for (std::size_t count = 0; count < 700; count += 1 + count / 9) {
      std::vector<std::byte> bytes(count * size);
      for (std::byte& byte : bytes) {
        byte = random() % 4 == 0 ? std::byte{0} : static_cast<std::byte>(random());
      }
      Statistics expected;
      long double sum = 0;
      long double squares = 0;
      for (std::size_t i = 0; i < count; ++i) {
        double value = 0;
        loader.values(&bytes[i * size], 1, &value);
        expected.zeros += value == 0;
        expected.nans += std::isnan(value);
        expected.infinities += std::isinf(value);
        if (!std::isfinite(value)) continue;
        expected.lowest = std::min(expected.lowest, value);
        expected.highest = std::max(expected.highest, value);
        sum += value;
        squares += static_cast<long double>(value) * value;
      }
      const Statistics found = Summarize(dtype, bytes);
      const std::string where = std::string(Name(dtype)) + " of " + std::to_string(count);
      EXPECT_EQ(found.elements, count) << where;
      EXPECT_EQ(found.zeros, expected.zeros) << where;
      EXPECT_EQ(found.nans, expected.nans) << where;
      EXPECT_EQ(found.infinities, expected.infinities) << where;
      EXPECT_EQ(found.lowest, expected.lowest) << where;
      EXPECT_EQ(found.highest, expected.highest) << where;
      if (found.finite() == 0) continue;
      const auto root = static_cast<double>(std::sqrt(squares));
      EXPECT_NEAR(found.Norm(), root, 1e-13 * root) << where;
      if (!std::isfinite(found.sum)) continue;  // of float64 with random exponents
      const double mean = static_cast<double>(sum / static_cast<long double>(found.finite()));
      EXPECT_NEAR(found.Mean(), mean, 1e-13 * root + 1e-300) << where;
    }
  }
}

}  // namespace
}  // namespace statestone::tensor_math
