// Indexes stored as one zstd frame: when a writer makes one, and what a reader refuses.
#include <gtest/gtest.h>

#include "codec/container/index_coding.h"
#include "statestone/limits.h"
#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/stone_editor.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

using container::EncodeIndex;
using container::StoredIndex;
using faults::ErrorOf;

FileBytes ManyTensors(Compression compression, std::size_t threads = 1) {
  static const std::vector<float> weights = WeightsFloat32(3000, 1);
  WriteOptions options;
  options.compression = compression;
  options.threads = threads;
  return Written(options, [](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    for (std::size_t i = 0; i < 500; ++i) {
      TensorSource source = Source("layers." + std::to_string(i), DType::kFloat32, {6}, weights);
      source.data = weights.data() + 6 * i;
      writer.AddTensor(scope, source);
    }
    writer.AddValue("model", Value::TensorDict(scope));
  });
}

std::uint32_t CodingOf(const FileBytes& file) {
  const StoneEditor editor(file);
  return editor.Get<std::uint32_t>(editor.tail() + tail_field::kCoding);
}

std::uint64_t TailNumber(const FileBytes& file, std::size_t field) {
  const StoneEditor editor(file);
  return editor.Get<std::uint64_t>(editor.tail() + field);
}

TEST(CodedIndexTest, IsWrittenWhereItSavesATenthAndReadsAsTheRawOneDoes) {
  const FileBytes coded = ManyTensors(Compression::kAuto);
  ASSERT_EQ(CodingOf(coded), 1u);
  const std::uint64_t stored = TailNumber(coded, tail_field::kIndexStored);
  const std::uint64_t raw = TailNumber(coded, tail_field::kIndexRaw);
  EXPECT_LE(stored * 3, raw) << "columns of 500 tensors shrink to far less than a third";
  const FileBytes decoded = StoneEditor(coded).StoreIndexRaw().bytes();
  EXPECT_EQ(CodingOf(decoded), 0u);
  EXPECT_EQ(TailNumber(decoded, tail_field::kIndexStored), raw);
  const Reader reader = OpenBytes(coded);
  const Reader same = OpenBytes(decoded);
  EXPECT_EQ(Contents(reader), Contents(same));
  EXPECT_EQ(reader.ContentDigest(), same.ContentDigest());
  EXPECT_EQ(reader.Verify().chunks, same.Verify().chunks);
  EXPECT_TRUE(std::ranges::equal(reader.raw_index(), same.raw_index()));
  EXPECT_EQ(reader.raw_index().size(), raw);
}

TEST(CodedIndexTest, ComesOutTheSameForAnyNumberOfThreads) {
  const FileBytes file = ManyTensors(Compression::kAuto);
  EXPECT_EQ(ManyTensors(Compression::kAuto, 8), file);
  EXPECT_EQ(ManyTensors(Compression::kAuto), file);
}

TEST(CodedIndexTest, IsNotWrittenWhereNoCompressionIsWanted) {
  const FileBytes file = ManyTensors(Compression::kNone);
  EXPECT_EQ(CodingOf(file), 0u);
  EXPECT_EQ(TailNumber(file, tail_field::kIndexStored), TailNumber(file, tail_field::kIndexRaw));
  EXPECT_NO_THROW(OpenBytes(file).Verify());
}

TEST(CodedIndexTest, IsStoredAsItIsWhereAFrameSavesLessThanATenth) {
  // Noise and then zeros: the frame has the noise and about 20 bytes.
  for (const auto& [zeros, coded] : {std::pair{1300u, true}, std::pair{1000u, false}}) {
    FileBytes raw = RandomBytes(10'000, 7);
    raw.resize(10'000 + zeros);
    const StoredIndex stored = EncodeIndex(raw, true);
    EXPECT_EQ(stored.coding, coded ? 1u : 0u) << zeros;
    EXPECT_EQ(stored.bytes.size() < raw.size(), coded);
    EXPECT_EQ(stored.bytes.data() == raw.data(), !coded);
  }
  EXPECT_EQ(EncodeIndex({}, true).coding, 0u);
}

TEST(CodedIndexTest, IsStoredAsItIsBeyondWhatAReaderMayExpand) {
  const FileBytes little(60'000);
  const StoredIndex stored = EncodeIndex(little, true);
  EXPECT_EQ(stored.coding, 0u);
  EXPECT_EQ(stored.bytes.data(), little.data());
  // With noise enough in front the same zeros are worth their frame.
  FileBytes more = RandomBytes(300, 8);
  more.resize(60'000);
  const StoredIndex coded = EncodeIndex(more, true);
  EXPECT_EQ(coded.coding, 1u);
  EXPECT_GE(coded.bytes.size() * limits::kIndexExpansion, more.size());
}

// What a long list of equal values makes of an index: a frame a thousandth of its size, were it
// not for the limit.
TEST(CodedIndexTest, FilesOfVeryManyEqualValuesStillOpen) {
  const FileBytes file = Written({}, [](Writer& writer) {
    writer.AddValue("zeros", Value::Bytes(std::string(1'000'000, '\0')));
  });
  EXPECT_EQ(CodingOf(file), 0u);
  EXPECT_EQ(OpenBytes(file).ReadValue("zeros").raw_bytes().size(), 1'000'000u);
}

Error ErrorOfOpening(StoneEditor& editor) {
  return ErrorOf([&] { OpenBytes(editor.bytes()); });
}

class HostileCodedIndexTest : public ::testing::Test {
 protected:
  StoneEditor editor_{SmallFileBytes("framed")};
  const FileBytes frame_{editor_.index().begin(), editor_.index().end()};
  const std::uint64_t raw_ = editor_.Get<std::uint64_t>(editor_.tail() + tail_field::kIndexRaw);
  const std::uint64_t offset_ =
      editor_.Get<std::uint64_t>(editor_.tail() + tail_field::kIndexOffset);

  void ExpectUndecodable(const std::string& why, const std::string& expected) {
    const Error error = ErrorOfOpening(editor_);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().problem, "the index cannot be decoded: " + why);
    EXPECT_EQ(error.fields().offset, offset_);
    EXPECT_EQ(error.fields().expected, expected);
    EXPECT_FALSE(error.fields().advice.empty());
  }
};

TEST_F(HostileCodedIndexTest, StartsFromASoundFile) {
  ASSERT_EQ(CodingOf(editor_.bytes()), 1u);
  EXPECT_NO_THROW(OpenBytes(editor_.bytes()).Verify());
  EXPECT_NO_THROW(OpenBytes(editor_.SetIndex(frame_).bytes()).Verify());
}

TEST_F(HostileCodedIndexTest, FindsDamageByTheSumBeforeItDecodes) {
  editor_.index()[frame_.size() / 2] ^= std::byte{1};
  const Error error = ErrorOfOpening(editor_);
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "checksum mismatch in the index");
  EXPECT_EQ(error.fields().offset, offset_);
}

TEST_F(HostileCodedIndexTest, RefusesBytesThatAreNoFrame) {
  editor_.index()[0] = std::byte{0};
  editor_.SignIndex();
  ExpectUndecodable("not a zstd frame", "0xfd2fb528 and at least 6 bytes");
}

TEST_F(HostileCodedIndexTest, RefusesTwoFrames) {
  FileBytes two = frame_;
  two.insert(two.end(), frame_.begin(), frame_.end());
  ASSERT_LT(two.size(), raw_) << "else the sizes alone are refused";
  editor_.SetIndex(two);
  ExpectUndecodable("a zstd frame does not fill its place",
                    "a frame of " + std::to_string(two.size()) + " bytes");
}

TEST_F(HostileCodedIndexTest, RefusesAnotherRawSizeThanTheFrameHas) {
  for (const std::uint64_t raw : {raw_ - 1, raw_ + 1, frame_.size() * 256}) {
    editor_.SetInTail(tail_field::kIndexRaw, raw).SignTail();
    ExpectUndecodable("a zstd frame has a wrong content size", std::to_string(raw) + " bytes");
  }
}

TEST_F(HostileCodedIndexTest, RefusesADictionary) {
  editor_.index()[4] |= std::byte{1};
  editor_.SignIndex();
  ExpectUndecodable("a zstd frame has a dictionary ID", "none");
}

TEST_F(HostileCodedIndexTest, RefusesContentThatIsNoIndex) {
  const FileBytes zeros = RandomBytes(100, 3);
  FileBytes raw = zeros;
  raw.resize(4096);
  editor_.SetIndex(EncodeIndex(raw, true).bytes);
  editor_.SetInTail<std::uint64_t>(tail_field::kIndexRaw, raw.size()).SignTail();
  const Error error = ErrorOfOpening(editor_);
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem,
            "the index is inconsistent: it is not a well-formed FlatBuffer of this format");
}

TEST_F(HostileCodedIndexTest, RefusesToExpandMoreThan256Times) {
  editor_.SetInTail<std::uint64_t>(tail_field::kIndexRaw, frame_.size() * 256 + 1).SignTail();
  const Error error = ErrorOfOpening(editor_);
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().problem, "the coded index would expand more than the format allows");
  EXPECT_EQ(error.fields().expected,
            "at most 256 times its " + std::to_string(frame_.size()) + " bytes");
  EXPECT_EQ(error.fields().found, std::to_string(frame_.size() * 256 + 1));
  EXPECT_EQ(error.fields().offset, editor_.tail() + tail_field::kIndexRaw);
}

TEST_F(HostileCodedIndexTest, RefusesAFrameThatIsNotSmallerThanTheIndex) {
  for (const std::uint64_t raw : {std::uint64_t{0}, std::uint64_t{1}, frame_.size()}) {
    editor_.SetInTail(tail_field::kIndexRaw, raw).SignTail();
    const Error error = ErrorOfOpening(editor_);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().problem, "the two sizes of the index do not go with its coding");
    EXPECT_EQ(error.fields().expected, "fewer than " + std::to_string(raw));
    EXPECT_EQ(error.fields().found, std::to_string(frame_.size()));
  }
}

TEST_F(HostileCodedIndexTest, RefusesCodingsOfTheFuture) {
  editor_.SetInTail<std::uint32_t>(tail_field::kCoding, 2).SignTail();
  const Error error = ErrorOfOpening(editor_);
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().problem, "unknown coding of the index");
  EXPECT_EQ(error.fields().expected, "0 or 1");
  EXPECT_EQ(error.fields().found, "2");
}

}  // namespace
}  // namespace statestone::testing
