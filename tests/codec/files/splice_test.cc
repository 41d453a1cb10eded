// Valid parts of files in places where they do not belong, and files of several generations.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/forged_index.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

// Two files of one description that differ in their weights alone.
FileBytes FileOf(std::uint64_t seed) {
  const std::vector<std::byte> noise = RandomBytes(1000, seed);
  WriteOptions options;
  options.compression = Compression::kNone;
  options.chunk_units_log2 = 7;
  return Written(options, [&](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("w", DType::kUInt8, {1000}, noise));
    writer.AddValue("m", Value::TensorDict(scope));
  });
}

void ExpectSumMismatch(const Error& error, std::uint32_t chunk, std::uint64_t offset) {
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_EQ(error.fields().problem, "checksum mismatch");
  EXPECT_EQ(error.fields().chunk, chunk);
  EXPECT_EQ(error.fields().offset, offset);
  EXPECT_NE(error.fields().expected, error.fields().found);
}

TEST(SpliceTest, RefusesTwoChunksThatChangedPlaces) {
  FileBytes file = FileOf(1);
  std::swap_ranges(file.begin() + 64 + 128, file.begin() + 64 + 256, file.begin() + 64 + 512);
  const Reader reader = OpenBytes(file);
  const Error read = ErrorOf([&] { reader.Read(TensorRef{0}); });
  ExpectSumMismatch(read, 1, 64 + 128);
  EXPECT_EQ(read.fields().entry, "m/w");
  ExpectSumMismatch(ErrorOf([&] { reader.Verify(); }), 1, 64 + 128);
  ExpectSumMismatch(ErrorOf([&] { reader.ViewInPlace({0}); }), 1, 64 + 128);
  std::vector<std::byte> slice(10);
  EXPECT_NO_THROW(reader.ReadSlice({0}, 0, 10, slice));
  ExpectSumMismatch(ErrorOf([&] { reader.ReadSlice({0}, 520, 10, slice); }), 4, 64 + 512);
}

TEST(SpliceTest, RefusesCodedChunksThatChangedPlacesInTheIndex) {
  StoneEditor editor(SmallFileBytes("coded"));
  auto* first = const_cast<schema::Chunk*>(editor.root().chunks()->Get(0));
  auto* second = const_cast<schema::Chunk*>(editor.root().chunks()->Get(1));
  const std::uint64_t first_offset = first->offset();
  const std::uint32_t first_size = first->stored_bytes();
  first->mutate_offset(second->offset());
  first->mutate_stored_bytes(second->stored_bytes());
  second->mutate_offset(first_offset);
  second->mutate_stored_bytes(first_size);
  const std::uint64_t now = first->offset();
  editor.SignIndex();
  const Reader reader = OpenBytes(editor.bytes());
  ExpectSumMismatch(ErrorOf([&] { reader.Verify(); }), 1, first_offset);
  FileBytes one(1);
  ExpectSumMismatch(ErrorOf([&] { reader.ReadStorageRange(0, 0, one); }), 0, now);
}

TEST(SpliceTest, RefusesAChunkMovedByOneAlignment) {
  StoneEditor raw(FileOf(1));
  auto* chunk = const_cast<schema::Chunk*>(raw.root().chunks()->Get(3));
  chunk->mutate_offset(chunk->offset() + 64);
  raw.SignIndex();
  const Error opening = ErrorOf([&] { OpenBytes(raw.bytes()); });
  EXPECT_EQ(opening.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(opening.fields().problem,
            "the index is inconsistent: chunk 3 of raw storage 0 is not the next piece of it");
  EXPECT_EQ(opening.fields().expected, "448 + 128");
  EXPECT_EQ(opening.fields().found, "512 + 128");

  StoneEditor coded(SmallFileBytes("coded"));
  const std::uint32_t last = coded.root().chunks()->size() - 1;
  auto* moved = const_cast<schema::Chunk*>(coded.root().chunks()->Get(last));
  moved->mutate_offset(moved->offset() + 64);
  const std::uint64_t offset = moved->offset();
  coded.SignIndex();
  const Error error = ErrorOf([&] { OpenBytes(coded.bytes()).Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_TRUE(error.fields().offset == offset || !error.fields().offset) << error.what();
}

TEST(SpliceTest, RefusesTheIndexOrTheTailOfAnotherFile) {
  const FileBytes ours = FileOf(1);
  const FileBytes theirs = FileOf(2);
  ASSERT_EQ(ours.size(), theirs.size());
  StoneEditor editor(ours);
  const std::size_t index_at = editor.Get<std::uint64_t>(editor.tail());
  const auto with = [&](std::size_t begin, std::size_t end) {
    FileBytes file = ours;
    std::copy(theirs.begin() + begin, theirs.begin() + end, file.begin() + begin);
    return file;
  };
  for (const FileBytes& file : {with(index_at, editor.tail()), with(editor.tail(), ours.size())}) {
    const Error error = ErrorOf([&] { OpenBytes(file); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().problem, "checksum mismatch in the index");
    EXPECT_EQ(error.fields().offset, index_at);
  }
  const FileBytes both = with(index_at, ours.size());
  const Reader reader = OpenBytes(both);
  ExpectSumMismatch(ErrorOf([&] { reader.Read(TensorRef{0}); }), 0, 64);
  EXPECT_EQ(Contents(OpenBytes(with(0, ours.size()))), Contents(OpenBytes(theirs)));
}

TEST(SpliceTest, FindsDecodedBytesThatAreNotTheRightOnes) {
  StoneEditor editor(SmallFileBytes("coded"));
  auto* chunk = const_cast<schema::Chunk*>(editor.root().chunks()->Get(1));
  chunk->mutate_decoded_sum(chunk->decoded_sum() ^ 1);
  editor.SignIndex();
  const Error error = ErrorOf([&] { OpenBytes(editor.bytes()).Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "the decoded bytes have another checksum");
  EXPECT_EQ(error.fields().chunk, 1u);
}

TEST(SpliceTest, LeavesSumsUncheckedWhenItsCallerSaysSo) {
  FileBytes file = FileOf(1);
  file[64] ^= std::byte{1};
  ReadOptions options;
  options.check_sums = false;
  const Reader reader = Reader::FromMemory(file, nullptr, options);
  EXPECT_EQ(reader.Read(TensorRef{0})[0], file[64]);
  EXPECT_TRUE(reader.ViewInPlace({0}));
  ExpectSumMismatch(ErrorOf([&] { reader.Verify(); }), 0, 64);
}

class GenerationsTest : public ::testing::Test {
 protected:
  // A second generation with a payload of its own, or with that of the first.
  FileBytes TwoGenerations(bool own_payload) const {
    FileBytes file = ForgedIndex().File();
    const std::uint64_t at = own_payload ? file.size() : container::kHeadBytes;
    ForgedIndex second;
    second.name = "renamed";
    return WithGeneration(std::move(file), own_payload ? second.Payload() : "",
                          [&](auto& builder) { return second.Build(builder, at); });
  }
};

TEST_F(GenerationsTest, OpensTheLastAndVerifiesBoth) {
  const FileBytes two = TwoGenerations(true);
  const Reader reader = OpenBytes(two);
  EXPECT_EQ(reader.generation(), 2u);
  EXPECT_EQ(reader.DisplayPaths(), std::vector<std::string>{"model/renamed"});
  EXPECT_EQ(reader.Verify().generations, 2u);
  EXPECT_EQ(reader.Verify().chunks, 2u);
  const FileBytes shared = TwoGenerations(false);
  EXPECT_EQ(OpenBytes(shared).Verify().generations, 2u);
  EXPECT_EQ(OpenBytes(shared).Verify().chunks, 1u);
  const FileBytes third = WithGeneration(shared, "", [](auto& builder) {
    return ForgedIndex().Build(builder, container::kHeadBytes);
  });
  EXPECT_EQ(OpenBytes(third).Verify().generations, 3u);
}

TEST_F(GenerationsTest, ReportsProgressUpToTheTotal) {
  std::uint64_t last_done = 0;
  std::uint64_t last_total = 1;
  ReadOptions options;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    last_done = done;
    last_total = total;
  };
  const FileBytes two = TwoGenerations(true);
  Reader::FromMemory(two, nullptr, options).Verify();
  EXPECT_EQ(last_done, last_total);
  EXPECT_EQ(last_total, 128u);
}

TEST_F(GenerationsTest, FindsEveryFlippedBitOfTheEarlierOne) {
  const FileBytes two = TwoGenerations(true);
  FileBytes damaged = two;
  for (std::size_t bit = 0; bit < ForgedIndex().File().size() * 8; ++bit) {
    damaged[bit / 8] ^= std::byte{1} << bit % 8;
    const Error error = ErrorOf([&] { OpenBytes(damaged).Verify(); });
    ASSERT_NE(error.code(), ErrorCode::kCanceled) << "bit " << bit;
    damaged[bit / 8] = two[bit / 8];
  }
}

TEST_F(GenerationsTest, RefusesAWrongSumOfTheTailBefore) {
  StoneEditor editor(TwoGenerations(true));
  const auto sum = editor.Get<std::uint64_t>(editor.tail() + tail_field::kPreviousSum);
  const auto previous = editor.Get<std::uint64_t>(editor.tail() + tail_field::kPrevious);
  editor.SetInTail(tail_field::kPreviousSum, sum ^ 1).SignTail();
  const Reader reader = OpenBytes(editor.bytes());
  const Error error = ErrorOf([&] { reader.Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "the tail of the generation before is wrong");
  EXPECT_EQ(error.fields().offset, previous);
}

TEST_F(GenerationsTest, RefusesATailBeforeThatIsNone) {
  StoneEditor editor(TwoGenerations(true));
  editor.SetInTail<std::uint64_t>(tail_field::kPrevious, 64).SignTail();
  const Error error = ErrorOf([&] { OpenBytes(editor.bytes()).Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().found, "no tail");
  EXPECT_EQ(error.fields().offset, 64u);
}

TEST_F(GenerationsTest, RefusesATailBeforeThatIsItselfOrBehindTheIndex) {
  StoneEditor editor(TwoGenerations(true));
  for (const std::uint64_t previous :
       {static_cast<std::uint64_t>(editor.tail()), editor.Get<std::uint64_t>(editor.tail()) - 64,
        ~std::uint64_t{63}, std::uint64_t{100}}) {
    editor.SetInTail(tail_field::kPrevious, previous).SignTail();
    const Error error = ErrorOf([&] { OpenBytes(editor.bytes()); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().problem, "the previous tail lies outside the part before this index");
    EXPECT_EQ(error.fields().offset, editor.tail() + tail_field::kPrevious);
  }
}

TEST_F(GenerationsTest, RefusesAGenerationThatIsNotOneMore) {
  StoneEditor editor(TwoGenerations(true));
  editor.SetInTail<std::uint64_t>(tail_field::kGeneration, 3).SignTail();
  const Error error = ErrorOf([&] { OpenBytes(editor.bytes()).Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().expected, "generation 2");
  EXPECT_EQ(error.fields().found, "generation 1");
}

TEST_F(GenerationsTest, RefusesAChunkThatOverlapsAnEarlierPart) {
  FileBytes file = ForgedIndex().File();
  StoneEditor first(file);
  const auto index_at = first.Get<std::uint64_t>(first.tail());
  ForgedIndex second;
  const std::string there(reinterpret_cast<const char*>(&file[index_at]), 64);
  const FileBytes two =
      WithGeneration(file, "", [&](auto& builder) { return second.Build(builder, index_at); });
  StoneEditor editor(two);
  auto* chunk = const_cast<schema::Chunk*>(editor.root().chunks()->Get(0));
  chunk->mutate_stored_sum(chunk->stored_sum());
  editor.SignChunk(0);
  const Reader reader = OpenBytes(editor.bytes());
  EXPECT_EQ(std::memcmp(reader.Read(TensorRef{0}).data(), there.data(), 64), 0);
  const Error error = ErrorOf([&] { reader.Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "a part of one generation overlaps another");
}

TEST(GapTest, NamesTheByteThatIsNotZero) {
  StoneEditor editor(FileOf(1));
  const std::size_t gap = 64 + 1000 + 3;  // behind the payload of 1000 bytes
  editor.bytes()[gap] = std::byte{7};
  const Reader reader = OpenBytes(editor.bytes());
  EXPECT_NO_THROW(reader.Read(TensorRef{0}));
  const Error error = ErrorOf([&] { reader.Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "a byte between the parts of the file is not zero");
  EXPECT_EQ(error.fields().offset, gap);
  EXPECT_EQ(error.fields().found, "7");
}

TEST(GapTest, FindsABytePastTheFirstPieceOfALongGap) {
  FileBytes file;
  ForgedIndex index;
  const std::string payload = index.Payload() + std::string(200'000, '\0');
  file = ForgedFile(payload,
                    [&](auto& builder) { return index.Build(builder, container::kHeadBytes); });
  EXPECT_NO_THROW(OpenBytes(file).Verify());
  file[150'000] = std::byte{1};
  EXPECT_EQ(ErrorOf([&] { OpenBytes(file).Verify(); }).fields().offset, 150'000u);
}

}  // namespace
}  // namespace statestone::testing
