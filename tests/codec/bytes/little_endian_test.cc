#include "codec/bytes/little_endian.h"

#include <gtest/gtest.h>

#include <array>

namespace statestone::bytes {
namespace {

TEST(LittleEndianTest, StoresTheLowestByteFirst) {
  std::array<std::byte, 9> buffer{};
  Store<std::uint64_t>(buffer.data() + 1, 0x0807060504030201);
  for (std::size_t i = 0; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], std::byte(i));
}

TEST(LittleEndianTest, LoadsWhatItStoredFromAnyAddress) {
  std::array<std::byte, 16> buffer{};
  for (std::size_t offset = 0; offset < 8; ++offset) {
    Store<std::uint64_t>(buffer.data() + offset, 0xfedcba9876543210);
    EXPECT_EQ(Load<std::uint64_t>(buffer.data() + offset), 0xfedcba9876543210u);
    EXPECT_EQ(Load<std::uint32_t>(buffer.data() + offset), 0x76543210u);
    EXPECT_EQ(Load<std::uint16_t>(buffer.data() + offset), 0x3210u);
    EXPECT_EQ(Load<std::uint8_t>(buffer.data() + offset), 0x10u);
  }
}

}  // namespace
}  // namespace statestone::bytes
