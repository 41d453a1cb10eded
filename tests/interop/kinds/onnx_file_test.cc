// ONNX files by hand: cut off, damaged, and other files that begin alike.
#include "tests/interop/kinds/hostile_file_fixture.h"

namespace statestone {
namespace {

using namespace std::string_literals;

// A field of wire type 2.
std::string Field(int number, const std::string& value) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())} + value;
}

std::string Varint(std::uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}

// One whose length takes several bytes.
std::string LongField(int number, const std::string& value) {
  return static_cast<char>(number << 3 | 2) + Varint(value.size()) + value;
}

const std::string kVersion = "\x08\x0A";

std::string Tensor() { return Field(8, "w") + "\x10\x01\x08\x02" + Field(9, "12345678"); }

std::string Model(const std::string& tensor) { return kVersion + Field(7, Field(5, tensor)); }

class OnnxFileTest : public HostileFileTest {
 protected:
  FileKind KindOf(const std::string& file, const std::string& name) {
    faults::WriteWhole(scratch_ / name, file);
    return RecognizeFile(scratch_ / name);
  }
};

TEST_F(OnnxFileTest, ReadsWhatIsWrittenByHand) {
  const Reader reader = Converted(Model(Tensor()));
  EXPECT_EQ(reader.tensor(TensorRef{0}).name, "w");
  const auto bytes = reader.Read(TensorRef{0});
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "12345678");
  EXPECT_EQ(reader.ReadValue("metadata")["ir_version"].AsInt(), 10);
}

TEST_F(OnnxFileTest, RefusesEveryShorterLength) { ExpectRefusedAtEveryLength(Model(Tensor())); }

TEST_F(OnnxFileTest, IsToldByItsFieldsAndByItsNameOnlyWhereItIsCutOff) {
  const std::string model = Model(Tensor());
  EXPECT_EQ(KindOf(model, "model.bin"), FileKind::kOnnx);
  EXPECT_EQ(KindOf(model.substr(0, 9), "cut.bin"), FileKind::kUnknown);
  EXPECT_EQ(KindOf(model.substr(0, 9), "cut.onnx"), FileKind::kOnnx);
  EXPECT_EQ(KindOf("some text", "text.onnx"), FileKind::kUnknown);
  EXPECT_EQ(KindOf("", "empty.onnx"), FileKind::kUnknown);
  EXPECT_EQ(KindOf(kVersion, "graphless.bin"), FileKind::kUnknown);
  EXPECT_EQ(KindOf(Field(7, ""), "versionless.bin"), FileKind::kUnknown);
  EXPECT_EQ(KindOf("\x08\0"s + Field(7, ""), "version_0.bin"), FileKind::kUnknown);
  EXPECT_EQ(KindOf(model + Field(9, ""), "other_field.bin"), FileKind::kUnknown);
  EXPECT_EQ(KindOf(model + "\x38\x01", "other_type.bin"), FileKind::kUnknown);
}

TEST_F(OnnxFileTest, RefusesFieldsThatReachOutOfTheirMessage) {
  const std::string tensor = Field(8, "w") + "\x10\x01\x08\x02\x4A\x09" + "12345678";
  const Error error =
      ExpectRefused(Model(tensor), ErrorCode::kCorrupt, "past the end of its message");
  EXPECT_EQ(error.fields().expected, "at most 8 bytes");
  EXPECT_EQ(error.fields().found, "9");
}

TEST_F(OnnxFileTest, RefusesWhatIsNoField) {
  ExpectRefused(Model(Tensor() + "\x0B"), ErrorCode::kCorrupt, "of a type that ONNX does not have");
  ExpectRefused(Model(Tensor() + "\x02"), ErrorCode::kCorrupt, "no field of a message");
  ExpectRefused(Model(Tensor() + "\x08\xFF"), ErrorCode::kCorrupt, "a number has no end");
  ExpectRefused(Model(Tensor() + "\x4A\xFF"), ErrorCode::kCorrupt, "a length has no end");
  ExpectRefused(kVersion + Field(7, "\x28\x01"), ErrorCode::kCorrupt, "no message");
}

TEST_F(OnnxFileTest, RefusesDataOfTheWrongForm) {
  const std::string head = Field(8, "w") + "\x10\x07\x08\x01";
  ExpectRefused(Model(head + Field(7, "\xFF\xFF")), ErrorCode::kCorrupt, "a number has no end");
  ExpectRefused(Model(head + Field(7, std::string(10, '\xFF') + "\x01")), ErrorCode::kCorrupt,
                "a number has no end");
  ExpectRefused(Model(head + "\x3D" + "1234"), ErrorCode::kCorrupt,
                "another type than their field");
  ExpectRefused(Model(head + "\x48\x01"), ErrorCode::kCorrupt, "no row of bytes");
  ExpectRefused(Model(head + Field(9, "12345678") + Field(9, "12345678")), ErrorCode::kCorrupt,
                "raw data twice");
}

TEST_F(OnnxFileTest, LeavesOutWhatHasNoCounterpartIfAskedTo) {
  const std::string text = Field(8, "t") + "\x10\x08\x08\x01" + Field(6, "a");
  faults::WriteWhole(scratch_ / "in", kVersion + Field(7, Field(5, text) + Field(5, Tensor())));
  ConvertOptions options;
  options.skip_unknown = true;
  const ConvertReport report = ConvertFile(scratch_ / "in", scratch_ / "out.stone", options);
  ASSERT_EQ(report.skipped.size(), 1u);
  EXPECT_EQ(report.skipped[0].path, "tensors/t");
  EXPECT_EQ(Reader::Open(scratch_ / "out.stone").tensor_count(), 1u);
}

TEST_F(OnnxFileTest, RefusesMoreDimensionsThanTensorsHave) {
  std::string dims;
  for (int i = 0; i < 65; ++i) dims += "\x08\x01";
  const std::string tensor = Field(8, "w") + "\x10\x01" + dims + Field(9, "1234");
  const Error error =
      ExpectRefused(kVersion + LongField(7, LongField(5, tensor)), ErrorCode::kLimit, "dimensions");
  EXPECT_EQ(error.fields().expected, "at most 64");
  EXPECT_EQ(error.fields().entry, "tensors/w");
  EXPECT_EQ(error.fields().problem, "the tensor has too many dimensions");
}

TEST_F(OnnxFileTest, RefusesTwoGraphs) {
  ExpectRefused(Model(Tensor()) + Field(7, ""), ErrorCode::kCorrupt, "two graphs");
}

TEST_F(OnnxFileTest, RefusesMoreTextThanAModelMayHave) {
  const std::string text(64 << 20, 'a');
  ExpectRefused(Model(Tensor()) + LongField(6, text), ErrorCode::kLimit, "64.0 MiB");
}

TEST_F(OnnxFileTest, RefusesElementsInMorePiecesThanATensorMayHave) {
  constexpr std::uint64_t kMostPieces = 1 << 20;
  std::string elements;
  for (std::uint64_t i = 0; i <= kMostPieces; ++i)
    elements +=
        "\x25"
        "1234";
  const std::string tensor = Field(8, "w") + "\x10\x01\x08" + Varint(kMostPieces + 1) + elements;
  ExpectRefused(kVersion + LongField(7, LongField(5, tensor)), ErrorCode::kLimit, "pieces");
}

TEST_F(OnnxFileTest, SurvivesEveryDamagedByte) {
  const std::string model = Model(Tensor());
  for (std::size_t at = 0; at < model.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(at);
      std::string damaged = model;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      try {
        Convert(damaged);
        std::filesystem::remove(scratch_ / "out.stone");
      } catch (const Error& error) {
        EXPECT_EQ(error.fields().path, (scratch_ / "in").string()) << error.what();
      }
      ASSERT_EQ(scratch_.Names(), std::vector<std::string>{"in"});
    }
  }
}

}  // namespace
}  // namespace statestone
