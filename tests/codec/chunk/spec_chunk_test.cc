// Decodes chunks that were made by hand from spec/format.md.
#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

constexpr Shape kBytes{1, false};
constexpr Shape kBf16{2, true};
constexpr Shape kWords{4, false};
constexpr Shape kFp32{4, true};

TEST(SpecChunkTest, ReadsARawPlane) {
  EXPECT_EQ(Decoded(Chunk({{kRaw, Of({1, 2, 3})}}), kBytes, 3), Of({1, 2, 3}));
}

TEST(SpecChunkTest, ReadsAnEmptyChunk) {
  EXPECT_EQ(Decoded(Chunk({{kRaw, {}}, {kRaw, {}}}), kBf16, 0), Bytes());
}

TEST(SpecChunkTest, ReadsRestBytesOfAChunkWithoutUnits) {
  const Plane empty{kRaw, {}};
  EXPECT_EQ(Decoded(Chunk({empty, empty, empty, empty}, Of({7, 8, 9})), kFp32, 3), Of({7, 8, 9}));
}

TEST(SpecChunkTest, ReadsAConstantPlane) {
  EXPECT_EQ(Decoded(Chunk({{kConstant, Of({7})}}), kBytes, 4), Of({7, 7, 7, 7}));
}

TEST(SpecChunkTest, ReadsAZstdPlane) {
  EXPECT_EQ(Decoded(Chunk({{kZstd, Frame(Of({9, 8, 7}))}}), kBytes, 3), Of({9, 8, 7}));
}

TEST(SpecChunkTest, TakesUnitsTogetherFromTheirPlanes) {
  const Bytes stored = Chunk({{kRaw, Of({1, 2})}, {kRaw, Of({3, 4})}}, Of({5}));
  EXPECT_EQ(Decoded(stored, {2, false}, 5), Of({1, 3, 2, 4, 5}));
}

TEST(SpecChunkTest, RotatesUnitsBackByOneBit) {
  // y = 0x8001 and 0x0002: x = y rotated right by one bit = 0xC000 and 0x0001.
  const Bytes stored = Chunk({{kRaw, Of({0x01, 0x02})}, {kRaw, Of({0x80, 0x00})}});
  EXPECT_EQ(Decoded(stored, kBf16, 4), Of({0x00, 0xC0, 0x01, 0x00}));
}

TEST(SpecChunkTest, RotatesUnitsOfEightBytes) {
  std::vector<Plane> planes(8, {kRaw, Of({0})});
  planes[0].bytes = Of({0x03});  // y = 3, x = 0x8000000000000001
  EXPECT_EQ(Decoded(Chunk(planes), {8, true}, 8), Of({1, 0, 0, 0, 0, 0, 0, 0x80}));
}

TEST(SpecChunkTest, ReadsJoinedLowerPlanes) {
  const Bytes stored = Chunk(
      {{kJoined, Of({1, 2, 3, 4})}, {kWithPrevious, {}}, {kConstant, Of({5})}, {kRaw, Of({6, 7})}});
  EXPECT_EQ(Decoded(stored, kWords, 8), Of({1, 2, 5, 6, 3, 4, 5, 7}));
}

TEST(SpecChunkTest, ReadsJoinedUpperPlanes) {
  const Bytes stored = Chunk(
      {{kRaw, Of({1, 2})}, {kRaw, Of({3, 4})}, {kJoined, Of({5, 6, 7, 8})}, {kWithPrevious, {}}});
  EXPECT_EQ(Decoded(stored, kWords, 8), Of({1, 3, 5, 6, 2, 4, 7, 8}));
}

TEST(SpecChunkTest, ReadsAllPlanesJoined) {
  const Bytes stored = Chunk({{kJoined, Of({1, 2, 5, 6})},
                              {kWithPrevious, {}},
                              {kJoined, Of({3, 4, 7, 8})},
                              {kWithPrevious, {}}});
  EXPECT_EQ(Decoded(stored, kWords, 8), Of({1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(SpecChunkTest, ReadsJoinedPlanesOfUnitsOfTwoAndEightBytes) {
  EXPECT_EQ(Decoded(Chunk({{kJoined, Of({1, 2, 3, 4})}, {kWithPrevious, {}}}), {2, false}, 4),
            Of({1, 2, 3, 4}));
  std::vector<Plane> planes(8, {kConstant, Of({0})});
  planes[6] = {kJoined, Of({1, 2})};
  planes[7] = {kWithPrevious, {}};
  EXPECT_EQ(Decoded(Chunk(planes), {8, false}, 8), Of({0, 0, 0, 0, 0, 0, 1, 2}));
}

// Codes 0, 13, 14 and two exceptions in five units: halves of three and two, so the third byte's
// upper code stands for nothing. Units 0 1 2 | 3 4 have the codes 0, 15, 14 | 13, 15.
Bytes FivePairs() { return Pairs(100, Frame(Of({0x00 | 0xD0, 0x0F | 0xF0, 0x0E})), Of({200, 50})); }

TEST(SpecChunkTest, ReadsPairsWithExceptionsOfAnOddNumberOfUnits) {
  EXPECT_EQ(Decoded(Chunk({{kPairs, FivePairs()}}), kBytes, 5), Of({100, 200, 0, 87, 50}));
}

TEST(SpecChunkTest, ReadsPairsOfASingleUnit) {
  const Bytes stored = Chunk({{kPairs, Pairs(14, Frame(Of({0x0D})), {})}});
  EXPECT_EQ(Decoded(stored, kBytes, 1), Of({1}));
}

TEST(SpecChunkTest, ReadsPairsUnderHalfPrecisionMantissas) {
  const Bytes stored = Chunk({{kRaw, Of({0, 1, 2, 3, 4})}, {kPairs, FivePairs()}});
  // y = exponent << 8 | low, x = y rotated right.
  EXPECT_EQ(Decoded(stored, kBf16, 10),
            Of({0x00, 0x32, 0x00, 0xE4, 0x01, 0x00, 0x81, 0xAB, 0x02, 0x19}));
}

TEST(SpecChunkTest, ReadsPairsUnderJoinedPlanes) {
  const Bytes stored = Chunk({{kJoined, Of({0, 0, 1, 0, 2, 0, 3, 0, 4, 0})},
                              {kWithPrevious, {}},
                              {kConstant, Of({0})},
                              {kPairs, FivePairs()}});
  EXPECT_EQ(Decoded(stored, kFp32, 20),
            Of({0, 0, 0, 0x32, 0, 0, 0, 0xE4, 1, 0, 0, 0x00, 1, 0, 0x80, 0xAB, 2, 0, 0, 0x19}));
}

TEST(SpecChunkTest, ReadsPairsInAnyPlaneOfAnyUnit) {
  for (const Shape shape : AllShapes()) {
    for (std::size_t k = 0; k < shape.unit; ++k) {
      std::vector<Plane> pairs(shape.unit, {kRaw, Of({9, 8, 7, 6, 5})});
      std::vector<Plane> plain = pairs;
      pairs[k] = {kPairs, FivePairs()};
      plain[k] = {kRaw, Of({100, 200, 0, 87, 50})};
      const std::size_t size = 5u * shape.unit;
      EXPECT_EQ(Decoded(Chunk(pairs), shape, size), Decoded(Chunk(plain), shape, size))
          << Describe(shape) << ", plane " << k;
    }
  }
}

TEST(SpecChunkTest, ReadsPairsInEveryPlaneAtOnce) {
  for (const Shape shape : AllShapes()) {
    const std::vector<Plane> pairs(shape.unit, {kPairs, FivePairs()});
    const std::vector<Plane> plain(shape.unit, {kRaw, Of({100, 200, 0, 87, 50})});
    const std::size_t size = 5u * shape.unit;
    EXPECT_EQ(Decoded(Chunk(pairs), shape, size), Decoded(Chunk(plain), shape, size))
        << Describe(shape);
  }
}

TEST(SpecChunkTest, ReadsExceptionsThatTheWindowHolds) {
  // No writer needs them, and the text does not forbid them: 95 would be code 5.
  const Bytes stored = Chunk({{kPairs, Pairs(100, Frame(Of({0xFF})), Of({95, 0}))}});
  EXPECT_EQ(Decoded(stored, kBytes, 2), Of({95, 0}));
}

}  // namespace
}  // namespace statestone::chunk
