// Small coded chunks with every bit flipped, cut off and lengthened. A chunk's sums find such
// damage before its bytes get here; this is about bytes that are wrong although the sums are right.
#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

struct Sample {
  std::string name;
  Shape shape;
  Bytes raw;
  Bytes stored;
};

// Chunks from the encoder of every kind of input, which together have every coding.
std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  Encoder encoder;
  for (const Input& input : AllInputs()) {
    for (const std::size_t units : {77, 600}) {
      Bytes raw = Make(input, units);
      raw.resize(raw.size() + input.shape.unit - 1u, std::byte{0x5C});
      const auto coded = encoder.Encode(raw, input.shape, true);
      samples.push_back({std::string(input.name) + " " + std::to_string(units), input.shape, raw,
                         Bytes(coded.begin(), coded.end())});
    }
  }
  return samples;
}

bool IsRefused(const Bytes& stored, Shape shape, Bytes& raw) {
  static Decoder decoder;
  try {
    decoder.Decode(stored, shape, raw);
    return false;
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported)
        << error.what();
    EXPECT_FALSE(error.fields().problem.empty());
    EXPECT_LE(error.fields().offset.value_or(stored.size() + 1), stored.size());
    return true;
  }
}

TEST(DamagedChunkTest, SamplesHaveEveryCoding) {
  std::vector<bool> seen(6);
  for (const Sample& sample : Samples()) {
    for (std::size_t k = 0; k < sample.shape.unit; ++k) {
      seen.at(static_cast<std::size_t>(sample.stored[4 * k + 3] >> 4)) = true;
    }
  }
  EXPECT_EQ(seen, std::vector<bool>(6, true));
}

TEST(DamagedChunkTest, RefusesEveryTruncationAndExtension) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    Bytes raw(sample.raw.size());
    for (std::size_t size = 0; size <= sample.stored.size() + 64; ++size) {
      if (size == sample.stored.size()) continue;
      Bytes stored = sample.stored;
      stored.resize(size);
      EXPECT_TRUE(IsRefused(stored, sample.shape, raw)) << size;
    }
  }
}

// Bytes of raw and constant planes, exceptions and literals are the content itself: a flipped bit
// there gives other content, which only a sum can tell. Bits of the plane headers never do.
TEST(DamagedChunkTest, RefusesOrDecodesEveryBitFlip) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    const std::size_t headers = 4u * sample.shape.unit;
    Bytes raw(sample.raw.size());
    Bytes stored = sample.stored;
    for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
      const auto mask = static_cast<std::byte>(1u << bit % 8);
      stored[bit / 8] ^= mask;
      const bool refused = IsRefused(stored, sample.shape, raw);
      if (bit / 8 < headers) {
        EXPECT_TRUE(refused) << "bit " << bit;
      }
      stored[bit / 8] ^= mask;
    }
  }
}

TEST(DamagedChunkTest, RefusesOrDecodesEveryByteSetToItsExtremes) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    Bytes raw(sample.raw.size());
    for (std::size_t at = 0; at < sample.stored.size(); ++at) {
      for (const std::byte value : {std::byte{0x00}, std::byte{0xFF}, std::byte{0x80}}) {
        Bytes stored = sample.stored;
        stored[at] = value;
        IsRefused(stored, sample.shape, raw);
      }
    }
  }
}

// A chunk of constant planes alone says nothing about its size: that is the index's to know.
bool HasOnlyConstantPlanes(const Sample& sample) {
  for (std::size_t k = 0; k < sample.shape.unit; ++k) {
    if (static_cast<std::uint32_t>(sample.stored[4 * k + 3]) >> 4 != kConstant) return false;
  }
  return true;
}

TEST(DamagedChunkTest, RefusesAChunkOfAnotherSize) {
  for (const Sample& sample : Samples()) {
    if (HasOnlyConstantPlanes(sample)) continue;
    SCOPED_TRACE(sample.name);
    for (const std::size_t more : {1u, 8u, 64u}) {
      Bytes longer(sample.raw.size() + more);
      EXPECT_TRUE(IsRefused(sample.stored, sample.shape, longer)) << "+" << more;
      Bytes shorter(sample.raw.size() - more);
      EXPECT_TRUE(IsRefused(sample.stored, sample.shape, shorter)) << "-" << more;
    }
  }
}

TEST(DamagedChunkTest, DecodesRightAfterRefusing) {
  Decoder decoder;
  for (const Sample& sample : Samples()) {
    Bytes raw(sample.raw.size());
    Bytes stored = sample.stored;
    stored.back() ^= std::byte{0xFF};
    stored.push_back(std::byte{0});
    EXPECT_THROW(decoder.Decode(stored, sample.shape, raw), Error);
    decoder.Decode(sample.stored, sample.shape, raw);
    EXPECT_EQ(raw, sample.raw) << sample.name;
  }
}

}  // namespace
}  // namespace statestone::chunk
