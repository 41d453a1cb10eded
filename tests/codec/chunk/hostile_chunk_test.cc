// Coded chunks that are wrong in one field each. The chunks are minimal: every check has a case
// that no other check would refuse in the same words.
#include <array>

#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

constexpr Shape kBytes{1, false};
constexpr Shape kHalves{2, false};
constexpr Shape kWords{4, false};
constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;

// The header

TEST(HostileChunkTest, RefusesAChunkShorterThanItsHeaders) {
  for (std::size_t size = 0; size < 9; ++size) {
    ExpectRefused(Bytes(size), kHalves, 3,
                  {kCorrupt, 0, "a chunk is shorter than its headers", "at least 9 bytes",
                   std::to_string(size) + " bytes"});
  }
}

TEST(HostileChunkTest, RefusesUnknownPlaneCodingsAsUnsupported) {
  for (std::uint32_t coding = 6; coding < 16; ++coding) {
    ExpectRefused(Chunk({{kRaw, Of({1})}, {coding, Of({1})}}), kHalves, 2,
                  {ErrorCode::kUnsupported, 4, "a plane has an unknown coding", "0 to 5",
                   std::to_string(coding)});
  }
}

TEST(HostileChunkTest, AdvisesANewerVersionForAnUnknownPlaneCoding) {
  try {
    Decoded(Chunk({{6, Of({1})}}), kBytes, 1);
    ADD_FAILURE() << "decoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.fields().advice, "read it with a newer version of Statestone");
  }
}

TEST(HostileChunkTest, RefusesARawPlaneOfTheWrongLength) {
  for (const Bytes& plane : {Of({1}), Of({1, 2, 3})}) {
    ExpectRefused(Chunk({{kRaw, plane}}), kBytes, 2,
                  {kCorrupt, 0, "a plane has the wrong length for its coding, raw", "2 bytes",
                   std::to_string(plane.size()) + " bytes"});
  }
}

TEST(HostileChunkTest, RefusesAConstantPlaneOfTheWrongLength) {
  for (const Bytes& plane : {Bytes(), Of({1, 2})}) {
    ExpectRefused(Chunk({{kConstant, plane}}), kBytes, 2,
                  {kCorrupt, 0, "a plane has the wrong length for its coding, constant", "1 bytes",
                   std::to_string(plane.size()) + " bytes"});
  }
}

TEST(HostileChunkTest, RefusesJoinedPlanesOfTheWrongLength) {
  for (const Bytes& plane : {Of({1, 2, 3}), Of({1, 2, 3, 4, 5}), Of({1, 2})}) {
    ExpectRefused(Chunk({{kJoined, plane}, {kWithPrevious, {}}}), kHalves, 4,
                  {kCorrupt, 0, "a plane has the wrong length for its coding, joined", "4 bytes",
                   std::to_string(plane.size()) + " bytes"});
  }
  ExpectRefused(Chunk({{kJoined, Of({1, 2})}, {kWithPrevious, Of({1})}}), kHalves, 2,
                {kCorrupt, 4, "a plane has the wrong length for its coding, with previous",
                 "0 bytes", "1 bytes"});
}

TEST(HostileChunkTest, RefusesConstantAndPairsWithoutUnits) {
  ExpectRefused(Chunk({{kConstant, Of({1})}}), kBytes, 0,
                {kCorrupt, 0, "a plane has the wrong length for its coding, constant",
                 "at least one unit", "none"});
  ExpectRefused(Chunk({{kPairs, Pairs(20, Frame({}), {})}}), kBytes, 0,
                {kCorrupt, 0, "a plane has the wrong length for its coding, pairs",
                 "at least one unit", "none"});
}

TEST(HostileChunkTest, RefusesPlanesThatReachPastTheEnd) {
  const std::string problem = "a plane reaches past the end of its chunk";
  ExpectRefused(Chunk({{kZstd, Frame(Of({1})), 11}}), kBytes, 1,
                {kCorrupt, 0, problem, "at most 10 bytes", "11 bytes"});
  ExpectRefused(Chunk({{kZstd, Frame(Of({1})), (1u << 28) - 1}}), kBytes, 1,
                {kCorrupt, 0, problem, "at most 10 bytes", "268435455 bytes"});
  // The rest bytes belong to no plane.
  ExpectRefused(Chunk({{kRaw, Of({1})}, {kZstd, Frame(Of({1})), 11}}, Of({5})), kHalves, 3,
                {kCorrupt, 4, problem, "at most 10 bytes", "11 bytes"});
}

TEST(HostileChunkTest, RefusesBytesThatBelongToNoPlane) {
  ExpectRefused(Chunk({{kRaw, Of({1, 2})}}, Of({3})), kBytes, 2,
                {kCorrupt, 6, "a chunk has bytes that belong to no plane", "6 bytes", "7 bytes"});
  ExpectRefused(
      Chunk({{kRaw, Of({1})}, {kRaw, Of({2})}}, Of({3, 4})), kHalves, 3,
      {kCorrupt, 10, "a chunk has bytes that belong to no plane", "11 bytes", "12 bytes"});
}

TEST(HostileChunkTest, RefusesPlanesThatAreNotJoinedInPairs) {
  const std::string problem = "planes are not joined in pairs";
  const Plane raw{kRaw, Of({1})};
  const Plane joined{kJoined, Of({1, 2})};
  const Plane second{kWithPrevious, {}};
  ExpectRefused(
      Chunk({second, raw}), kHalves, 2,
      {kCorrupt, 0, problem, "joined only on the first plane of a pair", "with previous"});
  ExpectRefused(
      Chunk({raw, second}), kHalves, 2,
      {kCorrupt, 4, problem, "joined only on the first plane of a pair", "with previous"});
  ExpectRefused(Chunk({joined, raw}), kHalves, 2, {kCorrupt, 4, problem, "with previous", "raw"});
  ExpectRefused(Chunk({joined, joined}), kHalves, 2,
                {kCorrupt, 4, problem, "with previous", "joined"});
  ExpectRefused(Chunk({raw, joined, second, raw}), kWords, 4,
                {kCorrupt, 4, problem, "joined only on the first plane of a pair", "joined"});
  ExpectRefused(
      Chunk({joined, second, second, raw}), kWords, 4,
      {kCorrupt, 8, problem, "joined only on the first plane of a pair", "with previous"});
  ExpectRefused(Chunk({{kJoined, Of({1, 2})}}), kBytes, 1,
                {kCorrupt, 0, problem, "joined only on the first plane of a pair", "joined"});
  ExpectRefused(Chunk({raw, joined}), kHalves, 2,
                {kCorrupt, 4, problem, "joined only on the first plane of a pair", "joined"});
}

// Frames, as a plane and as the codes of pairs

struct FrameCase {
  const char* name;
  Bytes bad;
  std::string problem;
  std::string expected;
  std::string found;
};

// Each is one change of Frame({9, 8, 7}).
std::vector<FrameCase> BadFrames() {
  const Bytes content = Of({9, 8, 7});
  const Bytes good = Frame(content);
  const auto changed = [&](std::size_t at, unsigned value) {
    Bytes frame = good;
    frame[at] = static_cast<std::byte>(value);
    return frame;
  };
  const std::string header = "0xfd2fb528 and at least 6 bytes";
  const std::string no_frame = "not a zstd frame";
  const std::string wrong_size = "a zstd frame has a wrong content size";
  const std::string no_fit = "a zstd frame does not fill its place";
  const std::string broken = "a zstd frame cannot be decompressed";
  return {
      {"other magic", changed(0, 0x29), no_frame, header, "0xfd2fb529"},
      {"skippable", Of({0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}), no_frame, header,
       "0x184d2a50"},
      {"legacy", Of({0x27, 0xB5, 0x2F, 0xFD, 0x20, 3, 0x19, 0, 0, 9, 8, 7}), no_frame, header,
       "0xfd2fb527"},
      {"nothing", {}, no_frame, header, "0 bytes"},
      {"five bytes", Bytes(good.begin(), good.begin() + 5), no_frame, header, "5 bytes"},
      {"dictionary ID", Of({0x28, 0xB5, 0x2F, 0xFD, 0x21, 42, 3, 0x19, 0, 0, 9, 8, 7}),
       "a zstd frame has a dictionary ID", "none", "42"},
      {"dictionary ID zero", Of({0x28, 0xB5, 0x2F, 0xFD, 0x21, 0, 3, 0x19, 0, 0, 9, 8, 7}),
       "a zstd frame has a dictionary ID", "none", "0"},
      {"larger content", changed(5, 4), wrong_size, "3 bytes", "4 bytes"},
      {"smaller content", changed(5, 2), wrong_size, "3 bytes", "2 bytes"},
      {"no content size", Of({0x28, 0xB5, 0x2F, 0xFD, 0x00, 0, 0x19, 0, 0, 9, 8, 7}), wrong_size,
       "3 bytes", "no valid content size"},
      {"huge content size",
       Of({0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x19, 0, 0,
           9, 8, 7}),
       wrong_size, "3 bytes", "9223372036854775806 bytes"},
      {"byte behind", good + Of({0}), no_fit, "a frame of 13 bytes", "12 bytes"},
      {"second frame", good + good, no_fit, "a frame of 24 bytes", "12 bytes"},
      {"cut off", Bytes(good.begin(), good.end() - 1), no_fit, "a frame of 11 bytes",
       "Src size is incorrect"},
      {"block too short", Of({0x28, 0xB5, 0x2F, 0xFD, 0x20, 3, 0x11, 0, 0, 9, 8}), broken,
       "3 bytes", "Data corruption detected"},
      {"block too long", Of({0x28, 0xB5, 0x2F, 0xFD, 0x20, 3, 0x21, 0, 0, 9, 8, 7, 6}), broken,
       "3 bytes", "Destination buffer is too small"},
      {"compressed block of nothing", Of({0x28, 0xB5, 0x2F, 0xFD, 0x20, 3, 0x05, 0, 0}), broken,
       "3 bytes", "Data corruption detected"},
      {"wrong checksum", Of({0x28, 0xB5, 0x2F, 0xFD, 0x24, 3, 0x19, 0, 0, 9, 8, 7, 1, 2, 3, 4}),
       broken, "3 bytes", "Restored data doesn't match checksum"},
  };
}

// What libzstd says of broken blocks is its own and may change.
bool IsOfLibzstd(const FrameCase& bad) {
  return bad.problem == "a zstd frame cannot be decompressed" || bad.found[0] == 'S';
}

void ExpectFrameRefused(const FrameCase& bad, const Bytes& stored, std::size_t size,
                        std::uint64_t offset) {
  SCOPED_TRACE(bad.name);
  Refusal refusal{kCorrupt, offset, bad.problem, bad.expected, bad.found};
  if (IsOfLibzstd(bad)) {
    try {
      Decoded(stored, kBytes, size);
    } catch (const Error& error) {
      EXPECT_FALSE(error.fields().found.empty());
      refusal.found = error.fields().found;
    }
  }
  ExpectRefused(stored, kBytes, size, refusal);
}

TEST(HostileChunkTest, RefusesBadFramesOfAPlane) {
  for (const FrameCase& bad : BadFrames()) {
    ExpectFrameRefused(bad, Chunk({{kZstd, bad.bad}}), 3, 4);
  }
}

TEST(HostileChunkTest, RefusesBadFramesOfPairs) {
  for (const FrameCase& bad : BadFrames()) {
    ExpectFrameRefused(bad, Chunk({{kPairs, Pairs(20, bad.bad, {})}}), 6, 12);
  }
}

TEST(HostileChunkTest, RefusesAFrameThatNeedsADictionaryIdOfFourBytes) {
  ExpectRefused(
      Chunk({{kZstd, Of({0x28, 0xB5, 0x2F, 0xFD, 0x23, 1, 2, 3, 4, 3, 0x19, 0, 0, 9, 8, 7})}}),
      kBytes, 3, {kCorrupt, 4, "a zstd frame has a dictionary ID", "none", "67305985"});
}

// Pairs

TEST(HostileChunkTest, RefusesPairsShorterThanTheirHeader) {
  for (std::size_t size = 0; size < 8; ++size) {
    ExpectRefused(Chunk({{kPairs, Bytes(size)}}), kBytes, 2,
                  {kCorrupt, 4, "a plane of pairs is shorter than its header", "at least 8 bytes",
                   std::to_string(size) + " bytes"});
  }
}

TEST(HostileChunkTest, RefusesPairsWhoseFrameReachesPastThePlane) {
  Bytes pairs = Pairs(20, Frame(Of({0})), {});
  pairs[0] = std::byte{11};
  ExpectRefused(Chunk({{kPairs, pairs}}), kBytes, 2,
                {kCorrupt, 4, "the frame of a plane of pairs reaches past the plane",
                 "at most 10 bytes", "11 bytes"});
  pairs[3] = std::byte{0xFF};
  ExpectRefused(Chunk({{kPairs, pairs}}), kBytes, 2,
                {kCorrupt, 4, "the frame of a plane of pairs reaches past the plane",
                 "at most 10 bytes", "4278190091 bytes"});
}

TEST(HostileChunkTest, RefusesPairsWithAWrongWindow) {
  const std::string problem = "a plane of pairs has a wrong window";
  const std::string expected = "a top of 14 to 255 and three zero bytes";
  for (const unsigned top : {0u, 1u, 13u}) {
    ExpectRefused(Chunk({{kPairs, Pairs(top, Frame(Of({0})), {})}}), kBytes, 2,
                  {kCorrupt, 8, problem, expected,
                   top == 13  ? "0x0000000d"
                   : top == 1 ? "0x00000001"
                              : "0x00000000"});
  }
  const std::array found = {"0x00000114", "0x00010014", "0x01000014"};
  for (std::size_t at = 5; at < 8; ++at) {
    Bytes pairs = Pairs(20, Frame(Of({0})), {});
    pairs[at] = std::byte{1};
    ExpectRefused(Chunk({{kPairs, pairs}}), kBytes, 2,
                  {kCorrupt, 8, problem, expected, found[at - 5]});
  }
}

TEST(HostileChunkTest, RefusesACodeThatStandsForNoUnit) {
  const std::string problem = "the code that stands for no unit is not zero";
  ExpectRefused(Chunk({{kPairs, Pairs(20, Frame(Of({0x10})), {})}}), kBytes, 1,
                {kCorrupt, 12, problem, "0", "1"});
  ExpectRefused(Chunk({{kPairs, Pairs(20, Frame(Of({0x10, 0xF0})), Of({77}))}}), kBytes, 3,
                {kCorrupt, 12, problem, "0", "15"});
}

TEST(HostileChunkTest, RefusesMissingAndLeftOverExceptions) {
  const std::string problem = "a plane of pairs has the wrong number of exceptions";
  const Bytes codes = Frame(Of({0x1F, 0xF2}));
  ExpectRefused(Chunk({{kPairs, Pairs(20, codes, {})}}), kBytes, 4,
                {kCorrupt, 23, problem, "2", "0"});
  ExpectRefused(Chunk({{kPairs, Pairs(20, codes, Of({1}))}}), kBytes, 4,
                {kCorrupt, 23, problem, "2", "1"});
  ExpectRefused(Chunk({{kPairs, Pairs(20, codes, Of({1, 2, 3}))}}), kBytes, 4,
                {kCorrupt, 23, problem, "2", "3"});
}

TEST(HostileChunkTest, RefusesExceptionsThatDoNotMatchInEveryWayOfMerging) {
  const Bytes pairs = Pairs(20, Frame(Of({0xFF})), Of({1}));
  const std::string problem = "a plane of pairs has the wrong number of exceptions";
  ExpectRefused(Chunk({{kRaw, Of({1, 2})}, {kPairs, pairs}}), {2, true}, 4,
                {kCorrupt, 28, problem, "2", "1"});
  ExpectRefused(
      Chunk(
          {{kJoined, Of({1, 2, 3, 4})}, {kWithPrevious, {}}, {kRaw, Of({1, 2})}, {kPairs, pairs}}),
      {4, true}, 8, {kCorrupt, 40, problem, "2", "1"});
}

TEST(HostileChunkTest, RefusesShapesThatNoStorageCanHave) {
  for (const Shape shape : {Shape{0, false}, Shape{3, false}, Shape{16, true}, Shape{1, true}}) {
    try {
      Decoded(Bytes(100), shape, 1);
      ADD_FAILURE() << Describe(shape);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_EQ(error.fields().problem, "not a chunk that can be coded");
    }
  }
}

}  // namespace
}  // namespace statestone::chunk
