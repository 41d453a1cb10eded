// Every number of a file at its edges, signed again so that only the checks behind the sums are
// left to find it: a typed error, or a file that reads without harm.
#include <gtest/gtest.h>

#include <limits>
#include <optional>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/stone_editor.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kEvery = 11;  // of the words of an index
#else
constexpr std::size_t kEvery = 1;
#endif

template <typename T>
std::vector<T> Edges(T truth, std::uint64_t file_bytes) {
  std::vector<T> edges = {0, 1, std::numeric_limits<T>::max(), std::numeric_limits<T>::max() - 1};
  edges.push_back(static_cast<T>(truth + 1));
  edges.push_back(static_cast<T>(truth - 1));
  for (const std::uint64_t wide :
       {std::uint64_t{1} << 31, std::uint64_t{1} << 32, std::uint64_t{1} << 63, file_bytes,
        file_bytes - 1, file_bytes + 1, std::uint64_t{128}}) {
    edges.push_back(static_cast<T>(wide));
  }
  return edges;
}

bool MayRefuse(ErrorCode code) {
  return code == ErrorCode::kCorrupt || code == ErrorCode::kUnsupported ||
         code == ErrorCode::kLimit || code == ErrorCode::kIncomplete ||
         code == ErrorCode::kNotStatestone;
}

// The contents of a file, or nothing where it is refused by a typed error.
std::optional<std::string> ReadAll(const FileBytes& file) {
  try {
    const Reader reader = OpenBytes(file);
    std::string contents = Contents(reader);
    reader.Verify();
    return contents;
  } catch (const Error& error) {
    EXPECT_TRUE(MayRefuse(error.code())) << error.what();
    EXPECT_FALSE(error.fields().problem.empty()) << error.what();
    return std::nullopt;
  }
}

class FieldEdgesTest : public ::testing::TestWithParam<std::string> {
 protected:
  template <typename T>
  void TryWords(std::size_t begin, std::size_t size, const std::function<void(StoneEditor&)>& sign,
                const std::function<void(const std::optional<std::string>&)>& check,
                std::size_t step = 1) {
    const FileBytes& file = SmallFileBytes(GetParam());
    for (std::size_t at = begin; at + sizeof(T) <= begin + size; at += sizeof(T) * step) {
      StoneEditor editor(file);
      const T truth = editor.Get<T>(at);
      for (const T edge : Edges<T>(truth, file.size())) {
        if (edge == truth) continue;
        SCOPED_TRACE("word of " + std::to_string(sizeof(T)) + " at " + std::to_string(at) + ": " +
                     std::to_string(edge));
        StoneEditor changed(file);
        changed.Set<T>(at, edge);
        sign(changed);
        check(ReadAll(changed.bytes()));
        if (HasFatalFailure()) return;
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Files, FieldEdgesTest,
                         ::testing::Values("raw", "coded", "state", "empty", "framed"),
                         [](const auto& tried) { return tried.param; });

TEST_P(FieldEdgesTest, RefusesEveryOtherNumberInTheHead) {
  const auto refused = [](const auto& contents) { EXPECT_FALSE(contents); };
  const auto sign = [](StoneEditor& editor) { editor.SignHead(); };
  TryWords<std::uint32_t>(0, head_field::kSum, sign, refused);
  TryWords<std::uint64_t>(0, head_field::kSum, sign, refused);
}

TEST_P(FieldEdgesTest, RefusesEveryOtherNumberInTheTail) {
  const std::size_t tail = StoneEditor(SmallFileBytes(GetParam())).tail();
  const auto refused = [](const auto& contents) { EXPECT_FALSE(contents); };
  const auto sign = [](StoneEditor& editor) { editor.SignTail(); };
  TryWords<std::uint32_t>(tail, tail_field::kSum, sign, refused);
  TryWords<std::uint64_t>(tail, tail_field::kSum, sign, refused);
}

TEST_P(FieldEdgesTest, SurvivesEveryNumberInTheIndex) {
  StoneEditor editor(SmallFileBytes(GetParam()));
  const auto begin = editor.Get<std::uint64_t>(editor.tail() + tail_field::kIndexOffset);
  const auto size = editor.Get<std::uint64_t>(editor.tail() + tail_field::kIndexStored);
  std::size_t refused = 0;
  const auto count = [&](const auto& contents) { refused += !contents; };
  const auto sign = [](StoneEditor& changed) { changed.SignIndex(); };
  TryWords<std::uint8_t>(begin, size, sign, count, kEvery);
  TryWords<std::uint16_t>(begin, size, sign, count, kEvery);
  TryWords<std::uint32_t>(begin, size, sign, count, kEvery);
  TryWords<std::uint64_t>(begin, size, sign, count, kEvery);
  EXPECT_GT(refused, size / kEvery);
}

TEST(FieldEdgesErrorTest, NamesTheVersionThatItDoesNotKnow) {
  StoneEditor editor(SmallFileBytes("raw"));
  editor.Set<std::uint32_t>(head_field::kVersion, 2).SignHead();
  const Error error = ErrorOf([&] { OpenBytes(editor.bytes()); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().offset, 8u);
  EXPECT_EQ(error.fields().expected, "1");
  EXPECT_EQ(error.fields().found, "2");
  EXPECT_EQ(error.fields().advice,
            "it was written by a newer version of Statestone: update this program");
}

struct TailCase {
  const char* name;
  std::size_t field;
  std::uint64_t value;
  ErrorCode code;
  const char* problem;
};

class TailErrorTest : public ::testing::TestWithParam<TailCase> {};

INSTANTIATE_TEST_SUITE_P(
    Fields, TailErrorTest,
    ::testing::Values(
        TailCase{"IndexOffsetThatWraps", tail_field::kIndexOffset, ~std::uint64_t{63},
                 ErrorCode::kCorrupt, "the index does not end where the tail starts"},
        TailCase{"IndexInTheHead", tail_field::kIndexOffset, 0, ErrorCode::kCorrupt,
                 "the index does not end where the tail starts"},
        TailCase{"StoredSizeThatIsNotTheRawSize", tail_field::kIndexStored, 1, ErrorCode::kCorrupt,
                 "the two sizes of the index do not go with its coding"},
        TailCase{"RawSizeAboveTheLimit", tail_field::kIndexRaw, (512u << 20) + 1, ErrorCode::kLimit,
                 "the index is larger than the format allows"},
        TailCase{"EveryBitOfTheRawSize", tail_field::kIndexRaw, ~std::uint64_t{0},
                 ErrorCode::kLimit, "the index is larger than the format allows"},
        TailCase{"CodingOfTheFuture", tail_field::kCoding, 2, ErrorCode::kUnsupported,
                 "unknown coding of the index"},
        TailCase{"CodingThatTheSizesDoNotGoWith", tail_field::kCoding, 1, ErrorCode::kCorrupt,
                 "the two sizes of the index do not go with its coding"},
        TailCase{"ReservedWord", tail_field::kReservedWord - 4, std::uint64_t{1} << 32,
                 ErrorCode::kUnsupported, "reserved bytes of the tail are set"},
        TailCase{"ReservedBytes", tail_field::kReserved + 24, 1, ErrorCode::kUnsupported,
                 "reserved bytes of the tail are set"},
        TailCase{"GenerationZero", tail_field::kGeneration, 0, ErrorCode::kCorrupt,
                 "the generation does not fit the tail before"},
        TailCase{"GenerationTwoWithoutAFirst", tail_field::kGeneration, 2, ErrorCode::kCorrupt,
                 "the generation does not fit the tail before"},
        TailCase{"PreviousSumOfNoTail", tail_field::kPreviousSum, 1, ErrorCode::kCorrupt,
                 "the generation does not fit the tail before"},
        TailCase{"End", tail_field::kEnd, 64, ErrorCode::kIncomplete,
                 "the tail belongs at another place of the file"}),
    [](const auto& tried) { return tried.param.name; });

TEST_P(TailErrorTest, IsNamed) {
  StoneEditor editor(SmallFileBytes("raw"));
  const std::size_t tail = editor.tail();
  editor.SetInTail(GetParam().field, GetParam().value).SignTail();
  const Error error = ErrorOf([&] { OpenBytes(editor.bytes()); });
  EXPECT_EQ(error.code(), GetParam().code) << error.what();
  EXPECT_EQ(error.fields().problem, GetParam().problem);
  ASSERT_TRUE(error.fields().offset);
  EXPECT_GE(*error.fields().offset, tail);
  EXPECT_LT(*error.fields().offset, tail + container::kTailBytes);
}

TEST(FieldEdgesErrorTest, ReservedTailBytesAreUnsupportedBeforeAnythingElseOfTheTail) {
  StoneEditor editor(SmallFileBytes("raw"));
  editor.SetInTail<std::uint64_t>(tail_field::kIndexRaw, ~std::uint64_t{0});
  editor.SetInTail<std::uint64_t>(tail_field::kGeneration, 0);
  editor.SetInTail<std::uint64_t>(tail_field::kReserved, 1).SignTail();
  EXPECT_EQ(ErrorOf([&] { OpenBytes(editor.bytes()); }).code(), ErrorCode::kUnsupported);
  // But for its end, which says that the tail is another file's.
  editor.SetInTail<std::uint64_t>(tail_field::kEnd, 0).SignTail();
  EXPECT_EQ(ErrorOf([&] { OpenBytes(editor.bytes()); }).code(), ErrorCode::kIncomplete);
}

}  // namespace
}  // namespace statestone::testing
