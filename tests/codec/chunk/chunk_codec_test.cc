#include "codec/chunk/chunk_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "statestone/limits.h"
#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

Bytes Coded(Encoder& encoder, const Bytes& raw, Shape shape) {
  const auto coded = encoder.Encode(raw, shape, true);
  return {coded.begin(), coded.end()};
}

Bytes Coded(const Bytes& raw, Shape shape) {
  Encoder encoder;
  return Coded(encoder, raw, shape);
}

std::uint32_t CodingOfPlane(const Bytes& stored, std::size_t plane) {
  return static_cast<std::uint32_t>(stored[4 * plane + 3]) >> 4;
}

class ChunkCodecTest : public testing::Test {
 protected:
  void ExpectRoundTrip(const Bytes& raw, Shape shape) {
    const Bytes stored = Coded(encoder_, raw, shape);
    EXPECT_LE(stored.size(), EncodedBound(raw.size(), shape));
    Bytes back(raw.size(), std::byte{0xA5});
    decoder_.Decode(stored, shape, back);
    // Not EXPECT_EQ: printing two chunks takes minutes.
    EXPECT_TRUE(back == raw) << Describe(shape) << ", " << raw.size() << " bytes";
  }

  Encoder encoder_;
  Decoder decoder_;
};

Bytes Noise(std::size_t size, std::uint64_t seed = 7) {
  Random random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.Next() >> 56);
  return bytes;
}

Bytes RepeatedWord(std::uint64_t word, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(word >> 8 * (i % 8));
  return bytes;
}

TEST_F(ChunkCodecTest, GivesBackEveryLengthUpTo300) {
  for (const Shape shape : AllShapes()) {
    for (std::size_t size = 0; size <= 300; ++size) {
      ExpectRoundTrip(Noise(size), shape);
      ExpectRoundTrip(Bytes(size, std::byte{0x3F}), shape);
      Bytes low = Noise(size);
      for (std::byte& byte : low) byte &= std::byte{3};
      ExpectRoundTrip(low, shape);
    }
  }
}

TEST_F(ChunkCodecTest, GivesBackEveryKindAroundBlockBorders) {
  for (const Input& input : AllInputs()) {
    for (const std::size_t border : {512u, 1024u, 2048u, 4096u, 65536u, 131072u, 262144u}) {
      if (border * input.shape.unit > limits::kChunkBytes) continue;
      const Bytes all = Make(input, border + 2);
      for (std::size_t units = border - 2; units <= border + 2; ++units) {
        const std::size_t size = units * input.shape.unit;
        ExpectRoundTrip({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)},
                        input.shape);
      }
    }
  }
}

TEST_F(ChunkCodecTest, GivesBackOddTailsOfEveryKind) {
  for (const Input& input : AllInputs()) {
    const Bytes all = Make(input, 5001);
    for (std::size_t cut = 0; cut <= 17; ++cut) {
      ExpectRoundTrip({all.begin(), all.end() - static_cast<std::ptrdiff_t>(cut)}, input.shape);
    }
  }
}

TEST_F(ChunkCodecTest, GivesBackEveryKindUnderEveryShape) {
  for (const Input& input : AllInputs()) {
    const Bytes raw = Make(input, 3000);
    for (const Shape shape : AllShapes()) ExpectRoundTrip(raw, shape);
  }
}

TEST_F(ChunkCodecTest, GivesBackUnalignedBytesIntoUnalignedMemory) {
  for (const Input& input : AllInputs()) {
    Bytes raw = Make(input, 3001);
    for (std::size_t shift = 1; shift < 8; ++shift) {
      Bytes shifted(shift);
      shifted.insert(shifted.end(), raw.begin(), raw.end());
      const auto coded = encoder_.Encode(std::span(shifted).subspan(shift), input.shape, true);
      Bytes stored(shift);
      stored.insert(stored.end(), coded.begin(), coded.end());
      Bytes back(shift + raw.size());
      decoder_.Decode(std::span(stored).subspan(shift), input.shape,
                      std::span(back).subspan(shift));
      EXPECT_TRUE(std::equal(raw.begin(), raw.end(), back.begin() + static_cast<int>(shift)))
          << input.name << ", shifted by " << shift;
    }
  }
}

TEST_F(ChunkCodecTest, GivesBackSpecialFloats) {
  const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::denorm_min(),
                           std::numeric_limits<float>::max(),
                           std::numeric_limits<float>::min(),
                           0.0f,
                           -0.0f,
                           1.0f};
  for (const float value : special) {
    const std::uint64_t word = std::bit_cast<std::uint32_t>(value);
    for (const std::size_t units : {1u, 2u, 3u, 100u, 5000u}) {
      ExpectRoundTrip(RepeatedWord(word | word << 32, 4u * units), {4, true});
      ExpectRoundTrip(RepeatedWord(word >> 16 | word >> 16 << 16 | word << 32, 2u * units),
                      {2, true});
    }
  }
  Random random(3);
  Bytes mixed(4 * 20000);
  for (std::size_t i = 0; i < 20000; ++i) {
    std::memcpy(&mixed[4 * i], &special[random.Below(std::size(special))], 4);
  }
  ExpectRoundTrip(mixed, {4, true});
  ExpectRoundTrip(mixed, {2, true});
}

TEST_F(ChunkCodecTest, GivesBackDenormals) {
  Random random(5);
  Bytes raw(4 * 20000);
  for (std::size_t i = 0; i < 20000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random.Next() & 0x807FFFFF);
    std::memcpy(&raw[4 * i], &bits, 4);
  }
  ExpectRoundTrip(raw, {4, true});
}

// Windows at both ends of the exponents, exceptions rare and frequent, in the first and second
// half.
TEST_F(ChunkCodecTest, GivesBackExponentsOfEveryWindowWithExceptions) {
  Random random(9);
  for (const unsigned top : {14u, 15u, 64u, 127u, 200u, 254u, 255u}) {
    for (const unsigned rarity : {10u, 25u, 40u, 100u, 1000u, 5000u}) {
      for (const std::size_t units : {2999u, 40000u}) {
        Bytes bf16;
        Bytes fp32;
        for (std::size_t i = 0; i < units; ++i) {
          const bool exception = random.Below(rarity) == 0;
          const auto exponent = static_cast<std::uint32_t>(
              exception ? random.Below(256) : top - std::countr_zero(random.Next() | 1u << 13));
          const std::uint32_t x =
              std::rotr(exponent << 24 | static_cast<std::uint32_t>(random.Next() >> 40), 1);
          const auto y = std::rotr(static_cast<std::uint16_t>(exponent << 8 | (x & 0xFF)), 1);
          for (int k = 0; k < 4; ++k) fp32.push_back(static_cast<std::byte>(x >> 8 * k));
          for (int k = 0; k < 2; ++k) bf16.push_back(static_cast<std::byte>(y >> 8 * k));
        }
        ExpectRoundTrip(bf16, {2, true});
        ExpectRoundTrip(fp32, {4, true});
      }
    }
  }
}

// The unit in the middle of an odd number has a code of its own in the last packed byte.
TEST_F(ChunkCodecTest, GivesBackAnExceptionInTheMiddle) {
  for (const std::size_t units : {1023u, 1025u, 2001u, 5001u}) {
    for (const std::size_t at : {units / 2 - 1, units / 2, units / 2 + 1, units - 1}) {
      Bytes bf16 = Make(AllInputs()[0], units);
      bf16[2 * at + 1] = std::byte{0x11};  // an exponent far below all others
      EXPECT_EQ(CodingOfPlane(Coded(bf16, {2, true}), 1), kPairs);
      ExpectRoundTrip(bf16, {2, true});
      Bytes fp32 = Make(AllInputs()[1], units);
      fp32[4 * at + 3] = std::byte{0x11};
      EXPECT_EQ(CodingOfPlane(Coded(fp32, {4, true}), 3), kPairs);
      ExpectRoundTrip(fp32, {4, true});
    }
  }
}

TEST_F(ChunkCodecTest, GivesBackTheLargestChunk) {
  Bytes raw = Make(AllInputs()[0], limits::kChunkBytes / 2);
  ExpectRoundTrip(raw, {2, true});
  ExpectRoundTrip(raw, {8, true});
  ExpectRoundTrip(raw, {1, false});
}

TEST_F(ChunkCodecTest, RefusesMoreThanTheLargestChunk) {
  const Bytes raw(limits::kChunkBytes + 1);
  try {
    encoder_.Encode(raw, {1, false}, false);
    ADD_FAILURE() << "encoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().problem, "not a chunk that can be coded");
    EXPECT_EQ(error.fields().found, "16777217 bytes in units of 1");
  }
}

TEST_F(ChunkCodecTest, NeverMakesAChunkLargerThanItsHeadersAndItsBytes) {
  for (const Shape shape : AllShapes()) {
    for (const std::size_t size : {0u, 1u, 100u, 4096u, 300000u}) {
      EXPECT_EQ(EncodedBound(size, shape), size + 4u * shape.unit);
      EXPECT_LE(Coded(Noise(size), shape).size(), size + 4u * shape.unit);
    }
  }
}

TEST_F(ChunkCodecTest, GivesTheSameBytesWhateverWasCodedBefore) {
  const Bytes other = Noise(100000, 99);
  for (const Input& input : AllInputs()) {
    const Bytes raw = Make(input, 50001);
    const Bytes fresh = Coded(raw, input.shape);
    for (const Shape shape : AllShapes()) {
      Coded(encoder_, other, shape);
      EXPECT_TRUE(Coded(encoder_, raw, input.shape) == fresh) << input.name;
    }
    EXPECT_TRUE(Coded(encoder_, raw, input.shape) == fresh) << input.name;
    const auto unverified = encoder_.Encode(raw, input.shape, false);
    EXPECT_TRUE(std::equal(unverified.begin(), unverified.end(), fresh.begin(), fresh.end()));
  }
}

TEST_F(ChunkCodecTest, DecodesTheSameBytesWhateverWasDecodedBefore) {
  for (const Input& input : AllInputs()) {
    for (const std::size_t units : {40001u, 3u, 2000u}) {
      const Bytes raw = Make(input, units);
      Bytes back(raw.size());
      decoder_.Decode(Coded(raw, input.shape), input.shape, back);
      EXPECT_TRUE(back == raw) << input.name;
    }
  }
}

TEST_F(ChunkCodecTest, KeepsWorkingAfterAMove) {
  const Bytes raw = Make(AllInputs()[0], 5000);
  Encoder encoder = std::move(encoder_);
  Decoder decoder;
  decoder = std::move(decoder_);
  Bytes back(raw.size());
  decoder.Decode(Coded(encoder, raw, {2, true}), {2, true}, back);
  EXPECT_TRUE(back == raw);
}

TEST_F(ChunkCodecTest, EncodesIntoTheCallersBufferAndLeavesItAlone) {
  const Bytes raw = Make(AllInputs()[0], 30000);
  const Bytes expected = Coded(raw, {2, true});
  ScratchBuffer buffer;
  const auto coded = encoder_.Encode(raw, {2, true}, true, buffer);
  EXPECT_EQ(coded.data(), buffer.AtLeast(0));
  ScratchBuffer other;
  encoder_.Encode(Make(AllInputs()[1], 30000), {4, true}, true, other);
  Coded(encoder_, Noise(100000), {4, true});
  EXPECT_TRUE(std::equal(coded.begin(), coded.end(), expected.begin(), expected.end()));
}

// Comparing without decoding

TEST_F(ChunkCodecTest, FindsNoDifferenceBetweenAChunkAndItsBytes) {
  for (const Input& input : AllInputs()) {
    for (const std::size_t units : {0u, 1u, 3u, 1025u, 50001u}) {
      Bytes raw = Make(input, units + 1);
      raw.pop_back();  // with a rest, where a unit has more than a byte
      for (const Shape shape : {input.shape, Shape{1, false}, Shape{4, true}}) {
        EXPECT_EQ(decoder_.FirstDifference(Coded(raw, shape), shape, raw), std::nullopt)
            << input.name << " as " << Describe(shape);
      }
    }
  }
}

TEST_F(ChunkCodecTest, FindsTheFirstByteThatDiffers) {
  for (const Input& input : AllInputs()) {
    Bytes raw = Make(input, 5001);
    raw.pop_back();
    const Bytes stored = Coded(raw, input.shape);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, raw.size() / 2 - 1, raw.size() / 2,
                                 raw.size() / 2 + 1, raw.size() - 1}) {
      Bytes other = raw;
      other[at] ^= std::byte{0x10};
      other.back() ^= std::byte{0x01};  // a later one does not count
      EXPECT_EQ(decoder_.FirstDifference(stored, input.shape, other), at) << input.name;
    }
  }
}

// Which coding for which plane

TEST_F(ChunkCodecTest, CodesExponentsOfWeightsAsPairs) {
  const Bytes bf16 = Coded(Make(AllInputs()[0], 100000), {2, true});
  EXPECT_EQ(CodingOfPlane(bf16, 0), kRaw);
  EXPECT_EQ(CodingOfPlane(bf16, 1), kPairs);
  const Bytes fp32 = Coded(Make(AllInputs()[1], 100000), {4, true});
  EXPECT_EQ(CodingOfPlane(fp32, 0), kJoined);
  EXPECT_EQ(CodingOfPlane(fp32, 1), kWithPrevious);
  EXPECT_EQ(CodingOfPlane(fp32, 2), kRaw);
  EXPECT_EQ(CodingOfPlane(fp32, 3), kPairs);
}

TEST_F(ChunkCodecTest, CodesExponentsWithManyExceptionsPlainly) {
  Random random(11);
  Bytes raw;
  for (int i = 0; i < 100000; ++i) {
    const auto word = static_cast<std::uint64_t>(random.Below(4) == 0 ? random.Below(120) : 120);
    const auto x = std::rotr(static_cast<std::uint16_t>(word << 8 | random.Below(256)), 1);
    raw.push_back(static_cast<std::byte>(x));
    raw.push_back(static_cast<std::byte>(x >> 8));
  }
  EXPECT_EQ(CodingOfPlane(Coded(raw, {2, true}), 1), kZstd);
}

// Two bf16 layers of the same sizes: of each exponent, its partner half a chunk away says all. One
// by one, their codes and the exceptions have more bits than the exponents themselves.
TEST_F(ChunkCodecTest, CodesHalvesThatAreAlikeAsPairs) {
  constexpr std::size_t kHalf = 50000;
  Random random(12);
  std::vector<std::uint64_t> exponents(kHalf);
  for (std::uint64_t& exponent : exponents) {
    exponent = random.Below(100) == 0 ? 60 + random.Below(40) : 114 + random.Below(13);
  }
  Bytes raw;
  for (std::size_t i = 0; i < 2 * kHalf; ++i) {
    const std::uint64_t y = (exponents[i % kHalf] + random.Below(2)) << 8 | random.Below(256);
    const auto x = std::rotr(static_cast<std::uint16_t>(y), 1);
    raw.push_back(static_cast<std::byte>(x));
    raw.push_back(static_cast<std::byte>(x >> 8));
  }
  const Bytes stored = Coded(raw, {2, true});
  EXPECT_EQ(CodingOfPlane(stored, 1), kPairs);
  // The lower plane, 5.9 bits for each pair, and a hundredth of exceptions.
  EXPECT_LT(stored.size(), 2 * kHalf + kHalf * 6 / 8 + 2 * kHalf / 100 + 500);
  ExpectRoundTrip(raw, {2, true});
}

TEST_F(ChunkCodecTest, DoesNotUsePairsWithoutRotation) {
  const Bytes stored = Coded(Make(AllInputs()[0], 100000), {2, false});
  EXPECT_EQ(CodingOfPlane(stored, 1), kZstd);
}

TEST_F(ChunkCodecTest, StoresAChunkOfOneValueInAByteForEachPlane) {
  for (const Shape shape : AllShapes()) {
    const Bytes stored = Coded(RepeatedWord(0x0102030405060708, 80000), shape);
    if (shape.unit == 8) {
      EXPECT_EQ(stored.size(), 8u * 5);
    }
    EXPECT_EQ(Coded(Bytes(80000, std::byte{0x42}), shape).size(), shape.unit * 5u);
  }
}

// A different byte between the sampled ones must not be lost.
TEST_F(ChunkCodecTest, SeesASingleOtherByteInAConstantPlane) {
  for (const std::size_t at : {0u, 1u, 12345u, 50000u, 99998u, 99999u}) {
    Bytes raw(100000, std::byte{0x42});
    raw[at] = std::byte{0x43};
    for (const Shape shape : AllShapes()) ExpectRoundTrip(raw, shape);
    EXPECT_LT(Coded(raw, {1, false}).size(), 100u);
  }
}

TEST_F(ChunkCodecTest, FindsRepeatsThatNoHistogramShows) {
  // Noise that comes again: 8 bits for a byte by its histogram.
  const Bytes row = Noise(1000);
  Bytes raw;
  for (int i = 0; i < 200; ++i) raw.insert(raw.end(), row.begin(), row.end());
  EXPECT_LT(Coded(raw, {1, false}).size(), 3000u);
  EXPECT_LT(Coded(raw, {4, true}).size(), 6000u);
}

TEST_F(ChunkCodecTest, CompressesText) {
  std::string text;
  Random random(1);
  const char* words[] = {"layer", "weight", "bias", "attention", "norm", "output", "query", "key"};
  while (text.size() < 100000) {
    text += words[random.Below(8)];
    text += random.Below(5) == 0 ? '\n' : '.';
  }
  Bytes raw(text.size());
  std::memcpy(raw.data(), text.data(), text.size());
  EXPECT_LT(Coded(raw, {1, false}).size(), text.size() / 3);
}

TEST_F(ChunkCodecTest, CompressesTextWhoseRepeatsAreSingleWords) {
  Random random(2);
  std::vector<std::string> words(200);
  for (std::string& word : words) {
    for (int i = 0; i < 7; ++i) word += static_cast<char>('a' + random.Below(26));
  }
  Bytes raw;
  while (raw.size() < 100000) {
    for (const char letter : words[random.Below(words.size())]) {
      raw.push_back(static_cast<std::byte>(letter));
    }
  }
  // By its letters alone, 4.7 bits of 8: 59 %.
  EXPECT_LT(Coded(raw, {1, false}).size(), raw.size() / 2);
}

TEST_F(ChunkCodecTest, LeavesUnusedRowsOutOfTheSize) {
  // Three of four rows are zero: the search for repeats has to be tried on the exponents too.
  Bytes raw = Make(AllInputs()[0], 131072);
  for (std::size_t row = 0; row < 256; ++row) {
    if (row % 4 != 0) std::fill_n(raw.begin() + static_cast<int>(row) * 1024, 1024, std::byte{0});
  }
  EXPECT_LT(Coded(raw, {2, true}).size(), raw.size() / 5);
}

}  // namespace
}  // namespace statestone::chunk
