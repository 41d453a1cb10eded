#include "codec/bytes/hash.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/faults/scratch_directory.h"

namespace statestone::bytes {
namespace {

// The two sums are part of the format: these values never change.
TEST(HashTest, HasTheKnownSumsOfNothing) {
  EXPECT_EQ(Xxh3({}), 0x2d06800538d394c2u);
  EXPECT_EQ(Xxh3Wide({}), (Hash128{0x6001c324468d497f, 0x99aa06d3014798d8}));
}

TEST(HashTest, DiffersWhenAnyBitOfShortDataDiffers) {
  std::vector<std::byte> data = faults::ToBytes("a short piece of data");
  const std::uint64_t sum = Xxh3(data);
  const Hash128 wide = Xxh3Wide(data);
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    const std::byte mask = std::byte{1} << (bit % 8);
    data[bit / 8] ^= mask;
    EXPECT_NE(Xxh3(data), sum);
    EXPECT_FALSE(Xxh3Wide(data) == wide);
    data[bit / 8] ^= mask;
  }
  EXPECT_EQ(Xxh3(data), sum);
  EXPECT_EQ(Xxh3Wide(data), wide);
}

// xxHash takes another way for each range of lengths; above 240 bytes it goes by vectors.
TEST(HashTest, GivesTheSameSumWithAndWithoutTheInstructionsThatSomeProcessorsHave) {
  std::vector<std::byte> data(70000);
  std::uint64_t state = 1;
  for (std::byte& byte : data) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::byte>(state >> 56);
  }
  for (std::size_t start = 0; start < 33; start += 11) {
    for (std::size_t size = 0; size <= 2200; ++size) {
      const auto part = std::span(data).subspan(start, size);
      ASSERT_EQ(Xxh3(part), Xxh3Portable(part)) << size << " bytes from " << start;
    }
  }
  EXPECT_EQ(Xxh3(data), Xxh3Portable(data));
}

TEST(HashTest, ComparesBothHalvesOfAWideSum) {
  EXPECT_FALSE((Hash128{1, 2} == Hash128{1, 3}));
  EXPECT_FALSE((Hash128{1, 2} == Hash128{3, 2}));
}

}  // namespace
}  // namespace statestone::bytes
