#include "codec/bytes/checked.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace statestone::bytes {
namespace {

constexpr std::uint64_t kMax = UINT64_MAX;
using Wide = unsigned __int128;

// Numbers near the edges as well as any others.
rc::Gen<std::uint64_t> AnyNumber() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::uint64_t>(),
      rc::gen::map(rc::gen::inRange(0, 64), [](int shift) { return std::uint64_t{1} << shift; }),
      rc::gen::map(rc::gen::inRange<std::uint64_t>(0, 10), [](auto n) { return kMax - n; }));
}

TEST(CheckedTest, AddsUpToTheLastNumber) {
  EXPECT_EQ(CheckedAdd(0, 0), 0u);
  EXPECT_EQ(CheckedAdd(kMax, 0), kMax);
  EXPECT_EQ(CheckedAdd(kMax - 1, 1), kMax);
  EXPECT_EQ(CheckedAdd(kMax, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd(1ull << 63, 1ull << 63), std::nullopt);
}

TEST(CheckedTest, MultipliesUpToTheLastNumber) {
  EXPECT_EQ(CheckedMultiply(0, kMax), 0u);
  EXPECT_EQ(CheckedMultiply(kMax, 1), kMax);
  EXPECT_EQ(CheckedMultiply(1ull << 32, 1ull << 31), 1ull << 63);
  EXPECT_EQ(CheckedMultiply(1ull << 32, 1ull << 32), std::nullopt);
  EXPECT_EQ(CheckedMultiply(kMax, 2), std::nullopt);
}

TEST(CheckedTest, AgreesWithWiderArithmetic) {
  EXPECT_TRUE(rc::check([] {
    const std::uint64_t a = *AnyNumber();
    const std::uint64_t b = *AnyNumber();
    const Wide sum = Wide{a} + b;
    const Wide product = Wide{a} * b;
    RC_ASSERT(CheckedAdd(a, b).has_value() == (sum <= kMax));
    RC_ASSERT(CheckedMultiply(a, b).has_value() == (product <= kMax));
    RC_ASSERT(CheckedAdd(a, b).value_or(a + b) == static_cast<std::uint64_t>(sum));
    RC_ASSERT(CheckedMultiply(a, b).value_or(a * b) == static_cast<std::uint64_t>(product));
  }));
}

TEST(CheckedTest, AlignsUpToThePowerOfTwo) {
  EXPECT_EQ(CheckedAlignUp(0, 64), 0u);
  EXPECT_EQ(CheckedAlignUp(1, 64), 64u);
  EXPECT_EQ(CheckedAlignUp(64, 64), 64u);
  EXPECT_EQ(CheckedAlignUp(65, 64), 128u);
  EXPECT_EQ(CheckedAlignUp(kMax, 1), kMax);
  EXPECT_EQ(CheckedAlignUp(kMax - 63, 64), kMax - 63);
  EXPECT_EQ(CheckedAlignUp(kMax - 62, 64), std::nullopt);
  EXPECT_EQ(AlignUp(4097, 4096), 8192u);
}

TEST(CheckedTest, AlignsToTheNextMultipleOrSaysThatThereIsNone) {
  EXPECT_TRUE(rc::check([] {
    const std::uint64_t value = *AnyNumber();
    const std::uint64_t alignment = std::uint64_t{1} << *rc::gen::inRange(0, 64);
    const Wide expected = (Wide{value} + alignment - 1) / alignment * alignment;
    const auto aligned = CheckedAlignUp(value, alignment);
    RC_ASSERT(aligned.has_value() == (expected <= kMax));
    if (aligned) RC_ASSERT(*aligned == static_cast<std::uint64_t>(expected));
    if (aligned) RC_ASSERT(AlignUp(value, alignment) == *aligned);
  }));
}

TEST(CheckedTest, TellsWhetherARangeFits) {
  EXPECT_TRUE(RangeFits(0, 0, 0));
  EXPECT_TRUE(RangeFits(10, 0, 10));
  EXPECT_TRUE(RangeFits(3, 7, 10));
  EXPECT_FALSE(RangeFits(3, 8, 10));
  EXPECT_FALSE(RangeFits(11, 0, 10));
  EXPECT_FALSE(RangeFits(kMax, 2, kMax));
  EXPECT_FALSE(RangeFits(2, kMax, kMax));
  EXPECT_TRUE(RangeFits(0, kMax, kMax));
}

TEST(CheckedTest, TellsWhetherAnyRangeFitsAsWiderArithmeticDoes) {
  EXPECT_TRUE(rc::check([] {
    const std::uint64_t offset = *AnyNumber();
    const std::uint64_t size = *AnyNumber();
    const std::uint64_t limit = *AnyNumber();
    RC_ASSERT(RangeFits(offset, size, limit) == (Wide{offset} + size <= limit));
  }));
}

TEST(CheckedTest, RoundsADivisionUpWithoutOverflow) {
  EXPECT_EQ(CeilDivide(0, 3), 0u);
  EXPECT_EQ(CeilDivide(1, 3), 1u);
  EXPECT_EQ(CeilDivide(3, 3), 1u);
  EXPECT_EQ(CeilDivide(4, 3), 2u);
  EXPECT_EQ(CeilDivide(kMax, 1), kMax);
  EXPECT_EQ(CeilDivide(kMax, 2), 1ull << 63);
}

}  // namespace
}  // namespace statestone::bytes
