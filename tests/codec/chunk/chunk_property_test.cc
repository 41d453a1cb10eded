#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

rc::Gen<Shape> AnyShape() { return rc::gen::elementOf(AllShapes()); }

rc::Gen<Bytes> AnyBytes() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>()),
      [](const std::vector<std::uint8_t>& values) {
        Bytes bytes;
        for (const std::uint8_t value : values) {
          bytes.push_back(static_cast<std::byte>(value));
        }
        return bytes;
      });
}

// Pieces of noise, of one byte, of few bytes and of what came before: what a plane is made of.
Bytes Patchwork(std::uint64_t seed, std::size_t most) {
  Random random(seed);
  Bytes bytes;
  const std::size_t size = random.Below(most);
  while (bytes.size() < size) {
    const std::size_t piece = 1 + random.Below(size / 3 + 1);
    const std::uint64_t kind = random.Below(4);
    const std::uint64_t mask = kind == 1 ? 0 : kind == 2 ? random.Next() : 0xFF;
    const std::uint64_t fixed = random.Next();
    const std::size_t start = bytes.empty() ? 0 : random.Below(bytes.size());
    for (std::size_t i = 0; i < piece; ++i) {
      bytes.push_back(kind == 3 && !bytes.empty()
                          ? bytes[start + i % (bytes.size() - start)]
                          : static_cast<std::byte>((random.Next() & mask) ^ fixed));
    }
  }
  return bytes;
}

Bytes RoundTrip(Encoder& encoder, Decoder& decoder, const Bytes& raw, Shape shape, bool verify) {
  const auto coded = encoder.Encode(raw, shape, verify);
  RC_ASSERT(coded.size() <= EncodedBound(raw.size(), shape));
  Bytes back(raw.size());
  decoder.Decode(coded, shape, back);
  return back;
}

void DecodeOrRefuse(const Bytes& stored, Shape shape, std::size_t size) {
  Bytes raw(size);
  try {
    Decoder().Decode(stored, shape, raw);
  } catch (const Error& error) {
    RC_ASSERT(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kUnsupported);
  }
}

TEST(ChunkPropertyTest, AnyBytesRoundTrip) {
  Encoder encoder;
  Decoder decoder;
  EXPECT_TRUE(rc::check([&] {
    const Bytes raw = *AnyBytes();
    const Shape shape = *AnyShape();
    RC_ASSERT(RoundTrip(encoder, decoder, raw, shape, *rc::gen::arbitrary<bool>()) == raw);
  }));
}

TEST(ChunkPropertyTest, PatchworkRoundTrips) {
  Encoder encoder;
  Decoder decoder;
  EXPECT_TRUE(rc::check([&] {
    const Bytes raw = Patchwork(*rc::gen::arbitrary<std::uint64_t>(), 40000);
    RC_ASSERT(RoundTrip(encoder, decoder, raw, *AnyShape(), true) == raw);
  }));
}

TEST(ChunkPropertyTest, TheSameBytesGiveTheSameChunk) {
  Encoder used;
  EXPECT_TRUE(rc::check([&] {
    const Bytes raw = Patchwork(*rc::gen::arbitrary<std::uint64_t>(), 20000);
    const Shape shape = *AnyShape();
    Encoder fresh;
    const auto a = used.Encode(raw, shape, false);
    const auto b = fresh.Encode(raw, shape, false);
    RC_ASSERT(Bytes(a.begin(), a.end()) == Bytes(b.begin(), b.end()));
  }));
}

TEST(ChunkPropertyTest, AnyBytesAreDecodedOrRefused) {
  EXPECT_TRUE(rc::check(
      [] { DecodeOrRefuse(*AnyBytes(), *AnyShape(), *rc::gen::inRange<std::size_t>(0, 200)); }));
}

// Headers whose lengths mostly fit, over any bytes: gets past the first checks far more often.
TEST(ChunkPropertyTest, AnyPlanesAreDecodedOrRefused) {
  EXPECT_TRUE(rc::check([] {
    const Shape shape = *AnyShape();
    const std::size_t units = *rc::gen::inRange<std::size_t>(0, 40);
    std::vector<Plane> planes;
    while (planes.size() < shape.unit) {
      const auto coding = *rc::gen::inRange<std::uint32_t>(0, 7);
      const auto any = *AnyBytes();
      Bytes sized = any;
      sized.resize(coding == kConstant ? 1 : coding == kJoined ? 2 * units : units);
      const Bytes content(any.begin(), any.begin() + static_cast<int>(std::min(any.size(), units)));
      planes.push_back({coding, coding == kZstd ? Frame(content)
                                : coding == kPairs
                                    ? Pairs(*rc::gen::inRange(0u, 256u), Frame(content), sized)
                                : coding == kWithPrevious ? Bytes()
                                                          : sized});
    }
    DecodeOrRefuse(Chunk(planes), shape, units * shape.unit);
  }));
}

TEST(ChunkPropertyTest, DamagedChunksAreDecodedOrRefused) {
  Encoder encoder;
  EXPECT_TRUE(rc::check([&] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Shape shape = *AnyShape();
    const Bytes raw = Patchwork(seed, 5000);
    const auto coded = encoder.Encode(raw, shape, false);
    Bytes stored(coded.begin(), coded.end());
    Random random(seed);
    for (std::uint64_t changes = 1 + random.Below(4); changes > 0; --changes) {
      stored[random.Below(stored.size())] = static_cast<std::byte>(random.Next());
    }
    DecodeOrRefuse(stored, shape, raw.size());
  }));
}

}  // namespace
}  // namespace statestone::chunk
