// GGUF files by hand: what nobody should write and somebody will.
#include "tests/interop/kinds/gguf_builder.h"
#include "tests/interop/kinds/hostile_file_fixture.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;
constexpr ErrorCode kLimit = ErrorCode::kLimit;
constexpr std::uint64_t kHuge = ~std::uint64_t{0};

std::string U32(std::uint32_t value) { return Bytes(value); }
std::string U64(std::uint64_t value) { return Bytes(value); }

// An array's head: the type of its elements and their number.
std::string Array(std::uint32_t type, std::uint64_t count) { return U32(type) + U64(count); }

class GgufFileTest : public HostileFileTest {
 protected:
  Error ExpectPairRefused(const GgufPair& pair, ErrorCode code, const std::string& text) {
    return ExpectRefused(GgufFile{.pairs = {pair}}.Build(), code, text);
  }

  Error ExpectTensorsRefused(const std::vector<GgufTensor>& tensors, ErrorCode code,
                             const std::string& text) {
    return ExpectRefused(GgufFile{.tensors = tensors}.Build(), code, text);
  }
};

TEST_F(GgufFileTest, ReadsTensorsReversedAndTheirBytes) {
  const Reader reader = Converted(GgufFile{.tensors = {{.dims = {4, 1}}}}.Build());
  const auto shape = reader.tensor(TensorRef{0}).shape;
  EXPECT_EQ(std::vector<std::uint64_t>(shape.begin(), shape.end()),
            (std::vector<std::uint64_t>{1, 4}));
  const auto bytes = reader.Read(TensorRef{0});
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            "0123456789abcdef");
}

TEST_F(GgufFileTest, KeepsTextsThatAreNotUtf8AsBytes) {
  const Reader reader = Converted(GgufFile{.pairs = {{"token", 8, GgufText("\xFF\xFE")}}}.Build());
  const Value metadata = reader.ReadValue("metadata");
  EXPECT_EQ(metadata["token"].kind(), ValueKind::kBytes);
  EXPECT_EQ(metadata["token"].AsBytes(), "\xFF\xFE");
}

TEST_F(GgufFileTest, ReadsNestedArrays) {
  const std::string inner = Array(8, 1) + GgufText("x");
  const Reader reader = Converted(
      GgufFile{.pairs = {{"nested", 9, Array(9, 2) + inner + Array(5, 2) + U32(7) + U32(8)}}}
          .Build());
  const Value nested = reader.ReadValue("metadata")["nested"];
  EXPECT_EQ(nested.items()[0].items()[0].AsString(), "x");
  EXPECT_EQ(reader.tensor(nested.items()[1].AsTensor()).dtype->dtype, DType::kInt32);
}

TEST_F(GgufFileTest, RefusesEveryShorterLength) {
  ExpectRefusedAtEveryLength(GgufFile{
      .pairs = {{"k", 8, GgufText("value")}, {"a", 9, Array(5, 1) + U32(7)}},
      .tensors = {
          {.dims = {2, 2}}}}.Build());
}

TEST_F(GgufFileTest, RefusesOtherVersionsAndByteOrders) {
  const Error version = ExpectRefused(GgufFile{.version = 4}.Build(), kUnsupported, "2 or 3");
  EXPECT_EQ(version.fields().found, "4");
  EXPECT_EQ(version.fields().offset, 4u);
  ExpectRefused(GgufFile{.version = 0}.Build(), kUnsupported, "2 or 3");
  ExpectRefused(GgufFile{.version = 0x03000000}.Build(), kUnsupported, "big-endian");
}

TEST_F(GgufFileTest, RefusesCountsBeyondTheFile) {
  for (const std::uint64_t count : {std::uint64_t{100}, std::uint64_t{1} << 40, kHuge}) {
    const Error pairs =
        ExpectRefused(GgufFile{.more_pairs = count}.Build(), kCorrupt, "past its end");
    EXPECT_EQ(pairs.fields().expected, std::to_string(count) + " keys");
    const Error tensors =
        ExpectRefused(GgufFile{.more_tensors = count}.Build(), kCorrupt, "past its end");
    EXPECT_EQ(tensors.fields().expected, std::to_string(count) + " tensors");
  }
}

TEST_F(GgufFileTest, RefusesTextsBeyondTheFile) {
  for (const std::uint64_t size : {std::uint64_t{1000}, std::uint64_t{1} << 63, kHuge}) {
    const Error error = ExpectPairRefused({"k", 8, U64(size)}, kCorrupt, "past its end");
    EXPECT_EQ(error.fields().expected, std::to_string(size) + " bytes of text");
  }
}

TEST_F(GgufFileTest, RefusesArraysBeyondTheFile) {
  for (const std::uint32_t type : {0u, 5u, 7u, 8u, 9u, 12u}) {
    ExpectPairRefused({"k", 9, Array(type, kHuge / 8 + 2)}, kCorrupt, "elements of an array");
    ExpectPairRefused({"k", 9, Array(type, 1000)}, kCorrupt, "elements of an array");
  }
}

TEST_F(GgufFileTest, RefusesTooManyValues) {
  const std::uint64_t count = (4ull << 20) + 1;
  const Error error = ExpectPairRefused({"k", 9, Array(7, count) + std::string(count, '\0')},
                                        kLimit, "too many values");
  EXPECT_EQ(error.fields().entry, "metadata/k");
}

TEST_F(GgufFileTest, RefusesTextsThatAddUpToTooMuch) {
  const std::uint64_t size = 64ull << 20;
  const Error error = ExpectPairRefused({"k", 8, GgufText(std::string(size, 'x'))}, kLimit,
                                        "texts of the GGUF file are too long");
  EXPECT_EQ(error.fields().found, std::to_string(size));
}

TEST_F(GgufFileTest, RefusesTypesThatAreUnknown) {
  const Error error = ExpectPairRefused({"a/b", 13, U64(0)}, kUnsupported, "unknown");
  EXPECT_EQ(error.fields().entry, "metadata/a\\/b");
  EXPECT_EQ(error.fields().found, "13");
  ExpectPairRefused({"k", 9, Array(99, 1) + U64(0)}, kUnsupported, "unknown");
  ExpectPairRefused({"k", 9, Array(99, 0)}, kUnsupported, "unknown");
}

TEST_F(GgufFileTest, RefusesBooleansThatAreNone) {
  const Error error = ExpectPairRefused({"k", 7, "\x02"}, kCorrupt, "neither true nor false");
  EXPECT_EQ(error.fields().found, "2");
}

TEST_F(GgufFileTest, RefusesArraysNestedTooDeep) {
  std::string value;
  for (int i = 0; i < 40; ++i) value += Array(9, 1);
  ExpectPairRefused({"k", 9, value + Array(7, 0)}, kLimit, "nested too deep");
}

TEST_F(GgufFileTest, RefusesKeysThatAreThereTwice) {
  const GgufPair pair{"k", 4, U32(1)};
  ExpectRefused(GgufFile{.pairs = {pair, pair}}.Build(), kCorrupt, "a key is there twice");
}

TEST_F(GgufFileTest, RefusesKeysThatAreNotUtf8) {
  ExpectPairRefused({"\xFF", 4, U32(1)}, ErrorCode::kUnrepresentable, "UTF-8");
}

TEST_F(GgufFileTest, RefusesAlignmentsThatMakeNoSense) {
  for (const std::uint32_t alignment : {0u, 3u, 48u, 0xFFFFFFFFu}) {
    const Error error = ExpectPairRefused({"general.alignment", 4, U32(alignment)}, kCorrupt,
                                          "the alignment makes no sense");
    EXPECT_EQ(error.fields().found, std::to_string(alignment));
  }
  ExpectPairRefused({"general.alignment", 10, U64(32)}, kCorrupt, "type 10");
  ExpectPairRefused({"general.alignment", 8, GgufText("32")}, kCorrupt, "type 8");
}

TEST_F(GgufFileTest, RefusesTensorsOfTypesThatAreUnknown) {
  for (const std::uint32_t type : {4u, 31u, 42u, 0xFFFFFFFFu}) {
    const Error error = ExpectTensorsRefused({{.type = type}}, kUnsupported, "was given up");
    EXPECT_EQ(error.fields().entry, "tensors/w");
    EXPECT_EQ(error.fields().found, "type " + std::to_string(type));
  }
}

TEST_F(GgufFileTest, RefusesTooManyDimensions) {
  const Error error = ExpectTensorsRefused({{.dims = {1, 1, 1, 1, 1}}}, kCorrupt, "dimensions");
  EXPECT_EQ(error.fields().found, "5");
}

TEST_F(GgufFileTest, RefusesSizesThatWrapAround) {
  ExpectTensorsRefused({{.dims = {1ull << 32, (1ull << 32) + 1}}}, kCorrupt,
                       "larger than any file");
  ExpectTensorsRefused({{.dims = {(1ull << 62) + 4}}}, kCorrupt, "larger than any file");
  ExpectTensorsRefused({{.dims = {1ull << 63}, .type = 2}}, kCorrupt, "larger than any file");
  ExpectTensorsRefused({{.dims = {0, kHuge, 9}}}, kCorrupt, "larger than any file");
}

TEST_F(GgufFileTest, RefusesRowsThatAreNoWholeNumberOfBlocks) {
  const Error error =
      ExpectTensorsRefused({{.dims = {33}, .type = 2}}, kCorrupt, "number of blocks");
  EXPECT_EQ(error.fields().expected, "a multiple of 32");
  ExpectTensorsRefused({{.dims = {}, .type = 12}}, kCorrupt, "number of blocks");
}

TEST_F(GgufFileTest, RefusesDataOutsideOfTheFile) {
  for (const std::uint64_t offset : {std::uint64_t{32}, std::uint64_t{1} << 62, kHuge - 31}) {
    const Error error = ExpectTensorsRefused({{.offset = offset}}, kCorrupt, "past the end");
    EXPECT_EQ(error.fields().entry, "tensors/w");
  }
  ExpectTensorsRefused({{.dims = {5}}}, kCorrupt, "past the end");
}

TEST_F(GgufFileTest, RefusesDataThatAreNotAligned) {
  ExpectTensorsRefused({{.dims = {1}, .offset = 4}}, kCorrupt, "not aligned");
}

TEST_F(GgufFileTest, RefusesTensorsThatShareBytes) {
  GgufFile file{.tensors = {{.name = "a", .dims = {12}}, {.name = "b", .dims = {2}, .offset = 32}}};
  file.data.resize(64);
  const Error error = ExpectRefused(file.Build(), kCorrupt, "shares bytes with another");
  EXPECT_EQ(error.fields().entry, "tensors/b");
  EXPECT_EQ(error.fields().found, "a");
}

TEST_F(GgufFileTest, RefusesTensorsThatAreThereTwice) {
  GgufFile file{.tensors = {{.dims = {2}}, {.dims = {2}, .offset = 32}}};
  file.data.resize(64);
  ExpectRefused(file.Build(), kCorrupt, "the tensor is there twice");
}

TEST_F(GgufFileTest, TakesManyTensorsInAboutLinearTime) {
  GgufFile file;
  for (std::uint64_t i = 0; i < 50000; ++i) {
    file.tensors.push_back({.name = std::to_string(i), .dims = {0}});
  }
  EXPECT_EQ(Converted(file.Build()).tensor_count(), 50000u);
}

}  // namespace
}  // namespace statestone
