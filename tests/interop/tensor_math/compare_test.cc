#include "interop/tensor_math/compare.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "interop/tensor_math/element_values.h"

namespace statestone::tensor_math {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename Number>
std::span<const std::byte> Bytes(const std::vector<Number>& numbers) {
  return std::as_bytes(std::span(numbers));
}

ElementDifferences Floats(const std::vector<float>& a, const std::vector<float>& b,
                          const std::optional<Tolerance>& tolerance = std::nullopt) {
  return CompareElements(DType::kFloat32, Bytes(a), DType::kFloat32, Bytes(b), tolerance);
}

TEST(CompareElementsTest, FindsNothingInEqualBitsNanIncluded) {
  const std::vector<float> numbers = {1, kNan, kInfinity, -0.0F};
  const ElementDifferences found = Floats(numbers, numbers);
  EXPECT_EQ(found.elements, 4u);
  EXPECT_EQ(found.different, 0u);
  EXPECT_EQ(found.beyond, 0u);
  EXPECT_EQ(found.max_absolute, 0);
}

TEST(CompareElementsTest, MeasuresDistanceInNumbersAndInSteps) {
  const ElementDifferences found =
      Floats({1, 2, 3}, {1, std::nextafter(2.0F, 9.0F), std::nextafter(3.0F, 0.0F)});
  EXPECT_EQ(found.different, 2u);
  EXPECT_EQ(found.max_ulps, 1u);
  EXPECT_EQ(found.max_absolute, 0x1p-22);
  EXPECT_EQ(found.max_at, 1u);
}

TEST(CompareElementsTest, CountsStepsAcrossZeroOnce) {
  const float least = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(Floats({least}, {-least}).max_ulps, 2u);
  const ElementDifferences zeros = Floats({0.0F}, {-0.0F});
  EXPECT_EQ(zeros.different, 1u);
  EXPECT_EQ(zeros.max_ulps, 0u);
  EXPECT_EQ(Floats({0.0F}, {-0.0F}, Tolerance{}).beyond, 0u);
}

TEST(CompareElementsTest, TellsNanOnOneSideFromNanOfOtherBits) {
  const float other_nan = std::bit_cast<float>(std::bit_cast<std::uint32_t>(kNan) | 5u);
  const ElementDifferences found = Floats({kNan, kNan, 1}, {1, other_nan, kNan});
  EXPECT_EQ(found.different, 3u);
  EXPECT_EQ(found.nan_in_one, 2u);
  EXPECT_EQ(found.nan_bits, 1u);
  EXPECT_EQ(found.max_absolute, 0);
  EXPECT_EQ(found.max_ulps, 0u);
  EXPECT_EQ(Floats({kNan, kNan, 1}, {1, other_nan, kNan}, Tolerance{1, 1}).beyond, 2u);
}

TEST(CompareElementsTest, AllowsWhatLiesWithinTheTolerance) {
  const std::vector<float> a = {1, 10, 100};
  const std::vector<float> b = {1.5, 10.5, 101};
  EXPECT_EQ(Floats(a, b, Tolerance{0.5, 0}).beyond, 1u);
  EXPECT_EQ(Floats(a, b, Tolerance{0.5, 0}).different, 3u);
  EXPECT_EQ(Floats(a, b, Tolerance{0, 0.01}).beyond, 2u);
  EXPECT_EQ(Floats(a, b, Tolerance{0.4, 0.06}).beyond, 1u);
}

TEST(CompareElementsTest, AllowsNoInfiniteDistance) {
  for (const auto& tolerance : {Tolerance{1e30, 0}, Tolerance{0, 1}}) {
    EXPECT_EQ(Floats({1, kInfinity, -kInfinity}, {kInfinity, 1, kInfinity}, tolerance).beyond, 3u);
  }
  EXPECT_EQ(Floats({1}, {kInfinity}).max_absolute, std::numeric_limits<double>::infinity());
}

TEST(CompareElementsTest, KeepsIntegersExactWhereDoublesAreNot) {
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const std::vector<std::int64_t> a = {large, std::numeric_limits<std::int64_t>::min()};
  const std::vector<std::int64_t> b = {large + 1, std::numeric_limits<std::int64_t>::min()};
  const auto found = CompareElements(DType::kInt64, Bytes(a), DType::kInt64, Bytes(b), {});
  EXPECT_EQ(found.max_absolute, 1);
  EXPECT_FALSE(found.has_ulps);
  const std::vector<std::uint64_t> c = {~std::uint64_t{0}, 0};
  const std::vector<std::uint64_t> d = {~std::uint64_t{0} - 1, 0};
  EXPECT_EQ(CompareElements(DType::kUInt64, Bytes(c), DType::kUInt64, Bytes(d), {}).max_absolute,
            1);
}

TEST(CompareElementsTest, MeasuresComplexNumbersInThePlane) {
  const std::vector<float> a = {1, 1, 0, 0};
  const std::vector<float> b = {4, 5, 0, 0};
  const auto found = CompareElements(DType::kComplex64, Bytes(a), DType::kComplex64, Bytes(b), {});
  EXPECT_EQ(found.elements, 2u);
  EXPECT_EQ(found.different, 1u);
  EXPECT_EQ(found.max_absolute, 5);
}

TEST(CompareElementsTest, ComparesNumbersOfTwoDtypes) {
  const std::vector<float> a = {1, 2, kNan, 0.1F};
  const std::vector<double> b = {1, 2.5, std::nan("7"), 0.1};
  const auto found = CompareElements(DType::kFloat32, Bytes(a), DType::kFloat64, Bytes(b), {});
  EXPECT_EQ(found.different, 2u);
  EXPECT_EQ(found.max_absolute, 0.5);
  EXPECT_EQ(found.max_at, 1u);
  EXPECT_FALSE(found.has_ulps);
}

TEST(CompareElementsTest, ComparesOpaqueElementsByTheirBits) {
  const std::vector<std::uint8_t> a = {1, 2, 3};
  const std::vector<std::uint8_t> b = {1, 2, 4};
  const auto found =
      CompareElements(DType::kFloat4E2M1FNx2, Bytes(a), DType::kFloat4E2M1FNx2, Bytes(b), {});
  EXPECT_EQ(found.different, 1u);
  EXPECT_FALSE(found.has_numbers);
}

// The same, one element at a time and without thinking of speed.
ElementDifferences Slowly(DType dtype, const std::vector<std::byte>& a,
                          const std::vector<std::byte>& b,
                          const std::optional<Tolerance>& tolerance) {
  const ElementLoader loader = *LoaderOf(dtype);
  const std::size_t size = ElementBytes(dtype);
  ElementDifferences found;
  for (std::size_t at = 0; at < a.size(); at += size) {
    ++found.elements;
    if (std::memcmp(&a[at], &b[at], size) == 0) continue;
    ++found.different;
    double x = 0;
    double y = 0;
    loader.values(&a[at], 1, &x);
    loader.values(&b[at], 1, &y);
    if (std::isnan(x) || std::isnan(y)) {
      found.nan_in_one += std::isnan(x) != std::isnan(y);
      found.nan_bits += std::isnan(x) && std::isnan(y);
      found.beyond += !tolerance || std::isnan(x) != std::isnan(y);
      continue;
    }
    const double distance = std::fabs(x - y);
    const Tolerance limits = tolerance.value_or(Tolerance{});
    const double limit = limits.absolute + limits.relative * std::fabs(y);
    found.beyond += !tolerance || !(distance <= limit) || std::isinf(distance);
    if (distance > found.max_absolute) {
      found.max_absolute = distance;
      found.max_at = found.elements - 1;
    }
  }
  return found;
}

TEST(CompareElementsTest, KeepsADistanceThatOverflowsAFloat) {
  const float large = std::numeric_limits<float>::max();
  const ElementDifferences found = Floats({1, large, kInfinity}, {2, -large, kInfinity});
  EXPECT_EQ(found.max_absolute, 2.0 * large);
  EXPECT_EQ(found.max_at, 1u);
}

TEST(CompareElementsTest, FindsTheGreatestOfDistancesThatRoundToOneFloat) {
  // 2^24 + 1/4 and 2^24 + 1/2 are one float, and two doubles.
  const ElementDifferences found = Floats({16777216, 16777216, 16777216}, {-0.25F, -0.5F, -0.25F});
  EXPECT_EQ(found.max_absolute, 16777216.5);
  EXPECT_EQ(found.max_at, 1u);
}

TEST(CompareElementsTest, FindsTheGreatestWhereverItStands) {
  // Far enough apart that they are not compared in one go.
  constexpr std::size_t kCount = 5000;
  const auto compare = [](float at_1500, float at_4000) {
    std::vector<float> a(kCount, 1);
    std::vector<float> b(kCount, 2);
    a[1500] = a[4000] = 16777216;
    b[1500] = at_1500;
    b[4000] = at_4000;
    return Floats(a, b);
  };
  EXPECT_EQ(compare(-0.25F, -0.5F).max_at, 4000u);
  EXPECT_EQ(compare(-0.5F, -0.25F).max_at, 1500u);
  EXPECT_EQ(compare(0.0F, -0.25F).max_at, 4000u) << "the first has a distance that a float holds";
  EXPECT_EQ(compare(0.0F, 0.0F).max_at, 1500u) << "the first of equal ones";
  EXPECT_EQ(compare(0.0F, -0.25F).max_absolute, 16777216.25);
}

TEST(CompareElementsTest, FindsInRandomBitsOfEveryLengthWhatALoopOverElementsFinds) {
  std::mt19937_64 random(5);
  for (const DType dtype :
       {DType::kFloat16, DType::kBFloat16, DType::kFloat32, DType::kFloat64, DType::kFloat8E4M3FN,
        DType::kFloat8E5M2FNUZ, DType::kInt8, DType::kUInt16, DType::kInt32}) {
    const std::size_t size = ElementBytes(dtype);
    for (std::size_t count = 0; count < 9000; count += 1 + count / 9) {
      std::vector<std::byte> a(count * size);
      for (std::byte& byte : a) byte = static_cast<std::byte>(random());
      std::vector<std::byte> b = a;
      for (std::byte& byte : b) {
        if (random() % 3 == 0) byte ^= static_cast<std::byte>(1 << random() % 8);
      }
      std::optional<Tolerance> tolerance;
      if (count % 2 == 0) tolerance = Tolerance{1e-3, 0.5};
      const ElementDifferences found = CompareElements(dtype, a, dtype, b, tolerance);
      const ElementDifferences expected = Slowly(dtype, a, b, tolerance);
      const std::string where = std::string(Name(dtype)) + " of " + std::to_string(count);
      EXPECT_EQ(found.elements, expected.elements) << where;
      EXPECT_EQ(found.different, expected.different) << where;
      EXPECT_EQ(found.beyond, expected.beyond) << where;
      EXPECT_EQ(found.nan_in_one, expected.nan_in_one) << where;
      EXPECT_EQ(found.nan_bits, expected.nan_bits) << where;
      EXPECT_EQ(found.max_absolute, expected.max_absolute) << where;
      EXPECT_EQ(found.max_at, expected.max_at) << where;
    }
  }
}

TEST(CompareElementsTest, AddsUpPiecesToTheWhole) {
  std::vector<float> a(1000, 1);
  std::vector<float> b = a;
  b[10] = 2;
  b[700] = 4;
  ElementDifferences sum;
  for (std::size_t at = 0; at < 1000; at += 250) {
    sum.Append(
        Floats({a.begin() + at, a.begin() + at + 250}, {b.begin() + at, b.begin() + at + 250}));
  }
  EXPECT_EQ(sum.elements, 1000u);
  EXPECT_EQ(sum.different, 2u);
  EXPECT_EQ(sum.max_absolute, 3);
  EXPECT_EQ(sum.max_at, 700u);
}

}  // namespace
}  // namespace statestone::tensor_math
