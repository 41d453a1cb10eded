// Headers of safetensors files: what is taken, and each thing that is refused.
#include "interop/safetensors/import.h"
#include "tests/interop/safetensors_fixture.h"

namespace statestone {
namespace {

class SafetensorsHeaderTest : public HandMadeSafetensorsTest {};

TEST_F(SafetensorsHeaderTest, GivesTensorsInTheOrderOfTheirData) {
  const auto imported = Import(File("{" + Tensor("late", "U8", "[2]", "[4,6]") + "," +
                                        Tensor("early", "I16", "[1,2]", "[0,4]") + "}   ",
                                    "abcdef"));
  EXPECT_EQ(imported.kind, FileKind::kSafetensors);
  const Checkpoint& checkpoint = imported.checkpoint;
  EXPECT_EQ(checkpoint.DisplayPaths(), (std::vector<std::string>{"early", "late"}));
  EXPECT_EQ(checkpoint.tensor({0}).dtype, DType::kInt16);
  EXPECT_EQ(checkpoint.tensor({0}).shape, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(BytesOf(checkpoint, {0}), "abcd");
  EXPECT_EQ(BytesOf(checkpoint, {1}), "ef");
  EXPECT_EQ(std::get<Value>(checkpoint.entries()[0].body).kind(), ValueKind::kTensorDict);
}

TEST_F(SafetensorsHeaderTest, KeepsMetadataAsAnAttributeInItsOrder) {
  const auto imported = Import(File(R"({"__metadata__":{"z":"1","a":"\u00e9"}})"));
  const Value& root = std::get<Value>(imported.checkpoint.entries()[0].body);
  EXPECT_EQ(root.kind(), ValueKind::kOrderedTensorDict);
  EXPECT_EQ(root.attributes(), (Value{{"__metadata__", Value{{"z", "1"}, {"a", "\u00e9"}}}}));
}

TEST_F(SafetensorsHeaderTest, TakesNullForNoMetadata) {
  const auto imported = Import(File(R"({"__metadata__":null})"));
  EXPECT_EQ(std::get<Value>(imported.checkpoint.entries()[0].body).kind(), ValueKind::kTensorDict);
}

TEST_F(SafetensorsHeaderTest, HalvesTheLastDimensionOfPackedTensors) {
  const auto imported = Import(File("{" + Tensor("a", "F4", "[2,6]", "[0,6]") + "}", "abcdef"));
  EXPECT_EQ(imported.checkpoint.tensor({0}).dtype, DType::kFloat4E2M1FNx2);
  EXPECT_EQ(imported.checkpoint.tensor({0}).shape, (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(SafetensorsHeaderTest, RefusesHeaderOfTwoToThe63Bytes) {
  faults::WriteWhole(scratch_ / "in.safetensors", Length(1ull << 63) + "{}");
  const Error error =
      faults::ErrorOf([&] { safetensors::Import(scratch_ / "in.safetensors", {}); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().found, "9223372036854775808");
  EXPECT_EQ(error.fields().expected, "at most 100000000 bytes");
}

TEST_F(SafetensorsHeaderTest, RefusesHeaderBehindTheEndOfTheFile) {
  ExpectRefused(Length(3) + "{}", ErrorCode::kCorrupt, "", "behind the end of the file");
}

TEST_F(SafetensorsHeaderTest, RefusesFileShorterThanALength) {
  faults::WriteWhole(scratch_ / "in.safetensors", "1234567");
  const Error error =
      faults::ErrorOf([&] { safetensors::Import(scratch_ / "in.safetensors", {}); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().found, "7");
}

TEST_F(SafetensorsHeaderTest, RefusesHeaderThatStartsWithASpace) {
  faults::WriteWhole(scratch_ / "in.safetensors", File(" {}"));
  const Error error =
      faults::ErrorOf([&] { safetensors::Import(scratch_ / "in.safetensors", {}); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "the header does not start with a brace");
}

TEST_F(SafetensorsHeaderTest, RefusesMalformedJsonAtItsPlace) {
  ExpectRefused(File("{\"a\":"), ErrorCode::kCorrupt, "", "not valid JSON");
  ExpectRefused(File("{},"), ErrorCode::kCorrupt, "", "not valid JSON");
  ExpectRefused(File("{\"\xFF\":{}}"), ErrorCode::kCorrupt, "", "not valid JSON");
  const Error error = faults::ErrorOf([&] { Import(File("{,}")); });
  EXPECT_EQ(error.fields().offset, 10);
}

TEST_F(SafetensorsHeaderTest, RefusesZeroByteBehindTheJson) {
  ExpectRefused(File(std::string("{}\0hidden", 9)), ErrorCode::kCorrupt, "", "a zero byte in JSON");
}

TEST_F(SafetensorsHeaderTest, RefusesOneNameTwice) {
  ExpectRefused(
      File("{" + Tensor("a", "U8", "[1]", "[0,1]") + "," + Tensor("a", "U8", "[1]", "[1,2]") + "}",
           "ab"),
      ErrorCode::kCorrupt, "a", "twice");
  ExpectRefused(File(R"({"__metadata__":{},"__metadata__":{}})"), ErrorCode::kCorrupt,
                "__metadata__", "twice");
}

TEST_F(SafetensorsHeaderTest, RefusesOneKeyOfTheMetadataTwice) {
  ExpectRefused(File(R"({"__metadata__":{"a":"1","a":"2"}})"), ErrorCode::kCorrupt, "a",
                "the metadata has this key twice");
}

TEST_F(SafetensorsHeaderTest, RefusesMetadataThatIsNoText) {
  ExpectRefused(File(R"({"__metadata__":{"a":1}})"), ErrorCode::kCorrupt, "",
                "not as the format has it (expected a text for each key, found 1)");
  ExpectRefused(File(R"({"__metadata__":"a"})"), ErrorCode::kCorrupt, "", "found a text");
  ExpectRefused(File(R"({"__metadata__":{"a":{}}})"), ErrorCode::kCorrupt, "", "an object");
}

TEST_F(SafetensorsHeaderTest, RefusesTensorThatIsNoObject) {
  ExpectRefused(File(R"({"a":null})"), ErrorCode::kCorrupt, "a", "found null");
  ExpectRefused(File(R"({"a":[]})"), ErrorCode::kCorrupt, "a", "found an array");
  ExpectRefused(File(R"({"a":true})"), ErrorCode::kCorrupt, "a", "found true");
}

TEST_F(SafetensorsHeaderTest, RefusesDimensionsThatAreNoWholeNumbers) {
  for (const std::string shape :
       {"[-1]", "[1.5]", "[\"1\"]", "[[1]]", "1", "[1e2]", "[18446744073709551616]", "{}"}) {
    ExpectRefused(File("{" + Tensor("a", "U8", shape, "[0,1]") + "}", "a"), ErrorCode::kCorrupt,
                  "a", "not as the format has it");
  }
}

TEST_F(SafetensorsHeaderTest, RefusesOtherThanTwoOffsets) {
  for (const std::string offsets : {"[]", "[0]", "[0,1,1]"}) {
    ExpectRefused(File("{" + Tensor("a", "U8", "[1]", offsets) + "}", "a"), ErrorCode::kCorrupt,
                  "a", "expected two offsets");
  }
}

TEST_F(SafetensorsHeaderTest, RefusesFieldThatIsMissingTwiceOrUnknown) {
  ExpectRefused(File(R"({"a":{"dtype":"U8","shape":[0]}})"), ErrorCode::kCorrupt, "a",
                "does not say all of the tensor");
  ExpectRefused(File(R"({"a":{"dtype":"U8","shape":[0],"dtype":"U8","data_offsets":[0,0]}})"),
                ErrorCode::kCorrupt, "a", "one thing of the tensor twice");
  ExpectRefused(File(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"scale":[1]}})"),
                ErrorCode::kUnsupported, "a", "found scale");
}

TEST_F(SafetensorsHeaderTest, RefusesDTypesThatTorchLacksByName) {
  ExpectRefused(File("{" + Tensor("a", "F6_E2M3", "[4]", "[0,3]") + "}", "abc"),
                ErrorCode::kUnsupported, "a", "torch has no tensors of this dtype (found F6_E2M3)");
  ExpectRefused(File("{" + Tensor("a", "F7", "[0]", "[0,0]") + "}"), ErrorCode::kUnsupported, "a",
                "unknown dtype (found F7)");
}

TEST_F(SafetensorsHeaderTest, RefusesPackedTensorWithAByteOfTwoRows) {
  ExpectRefused(File("{" + Tensor("a", "F4", "[2,3]", "[0,3]") + "}", "abc"),
                ErrorCode::kUnsupported, "a", "no whole number of bytes");
  ExpectRefused(File("{" + Tensor("a", "F4", "[]", "[0,0]") + "}"), ErrorCode::kUnsupported, "a",
                "no whole number of bytes");
}

TEST_F(SafetensorsHeaderTest, RefusesMoreThan64Dimensions) {
  std::string shape = "[1";
  for (int i = 0; i < 63; ++i) shape += ",1";
  EXPECT_EQ(Import(File("{" + Tensor("a", "U8", shape + "]", "[0,1]") + "}", "a"))
                .checkpoint.tensor({0})
                .shape.size(),
            64);
  ExpectRefused(File("{" + Tensor("a", "U8", shape + ",1]", "[0,1]") + "}", "a"), ErrorCode::kLimit,
                "a", "too many dimensions (expected at most 64)");
}

TEST_F(SafetensorsHeaderTest, RefusesShapeThatOverflows) {
  const std::string shape = "[4294967296,4294967296]";
  ExpectRefused(File("{" + Tensor("a", "U8", shape, "[0,0]") + "}"), ErrorCode::kCorrupt, "a",
                "overflows 64 bits");
  ExpectRefused(File("{" + Tensor("a", "U8", "[2305843009213693952]", "[0,0]") + "}"),
                ErrorCode::kCorrupt, "a", "overflows 64 bits");
}

TEST_F(SafetensorsHeaderTest, RefusesTensorThatIsNotOfTheSizeOfItsShape) {
  ExpectRefused(File("{" + Tensor("a", "F32", "[2]", "[0,7]") + "}", "abcdefg"),
                ErrorCode::kCorrupt, "a", "(expected 8 bytes, found 7)");
}

TEST_F(SafetensorsHeaderTest, RefusesTensorThatEndsBeforeItBegins) {
  ExpectRefused(File("{" + Tensor("a", "U8", "[1]", "[1,0]") + "}", "a"), ErrorCode::kCorrupt, "a",
                "ends before it begins");
}

TEST_F(SafetensorsHeaderTest, RefusesHoleBetweenTensors) {
  ExpectRefused(
      File("{" + Tensor("a", "U8", "[1]", "[0,1]") + "," + Tensor("b", "U8", "[1]", "[2,3]") + "}",
           "abc"),
      ErrorCode::kCorrupt, "b", "a hole before the tensor's data (expected 1, found 2)");
}

TEST_F(SafetensorsHeaderTest, RefusesTensorsThatOverlap) {
  ExpectRefused(
      File("{" + Tensor("a", "U8", "[2]", "[0,2]") + "," + Tensor("b", "U8", "[2]", "[1,3]") + "}",
           "abc"),
      ErrorCode::kCorrupt, "b", "overlaps another's");
}

TEST_F(SafetensorsHeaderTest, RefusesFileThatEndsElsewhereThanItsLastTensor) {
  const std::string header = "{" + Tensor("a", "U8", "[2]", "[0,2]") + "}";
  ExpectRefused(File(header, "a"), ErrorCode::kCorrupt, "", "ends before its last tensor");
  ExpectRefused(File(header, "abc"), ErrorCode::kCorrupt, "", "goes on behind its last tensor");
}

TEST_F(SafetensorsHeaderTest, RefusesEveryCutOfAFileAndFindsNoOtherContentInFlippedBits) {
  const std::string good = File("{" + Tensor("a", "U8", "[2]", "[0,2]") + "}", "ab");
  for (std::size_t size = 0; size < good.size(); ++size) {
    faults::ErrorOf([&] { Import(good.substr(0, size)); });
  }
  for (std::size_t bit = 0; bit < 8 * (good.size() - 2); ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      const auto imported = Import(damaged);
      EXPECT_LE(imported.checkpoint.tensor_count(), 1);  // another name, or another dtype
    } catch (const Error& error) {
      EXPECT_FALSE(error.fields().problem.empty());
      EXPECT_NE(error.code(), ErrorCode::kIo) << error.what();
    }
  }
}

}  // namespace
}  // namespace statestone
