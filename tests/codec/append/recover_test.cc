#include <cstring>

#include "codec/bytes/hash.h"
#include "codec/container/head_tail.h"
#include "tests/codec/append/append_fixture.h"
#include "tests/codec/files/contents.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

class RecoverTest : public AppendTest {
 protected:
  void AddGeneration(int epoch) {
    Appender appender = Appender::Open(path_, Options());
    appender.PutValue("epoch", epoch);
    appender.Finish();
  }

  // The tail at the end of the file, changed and signed again.
  void ChangeTail(const std::function<void(container::Tail&)>& change) {
    std::string file = Whole();
    std::array<std::byte, container::kTailBytes> bytes;
    std::memcpy(bytes.data(), file.data() + file.size() - bytes.size(), bytes.size());
    container::Tail tail = container::DecodeTail(bytes, file.size() - bytes.size());
    change(tail);
    bytes = container::EncodeTail(tail);
    std::memcpy(file.data() + file.size() - bytes.size(), bytes.data(), bytes.size());
    faults::WriteWhole(path_, file);
  }
};

TEST_F(RecoverTest, FindsNothingToDoInAWholeFile) {
  AddGeneration(2);
  const std::string before = Whole();
  const RecoverReport report = RecoverFile(path_, true);
  EXPECT_EQ(report.generation, 2u);
  EXPECT_EQ(report.complete_bytes, report.file_bytes);
  EXPECT_TRUE(Whole() == before);
}

TEST_F(RecoverTest, OnlyLooksUnlessAskedToTruncate) {
  const std::string cut = Whole() + "the start of something";
  faults::WriteWhole(path_, cut);
  EXPECT_EQ(RecoverFile(path_, false).complete_bytes + 22, cut.size());
  EXPECT_TRUE(Whole() == cut);
}

TEST_F(RecoverTest, GoesBackOverADamagedGenerationToTheOneBefore) {
  AddGeneration(2);
  AddGeneration(3);
  const auto generations = Reader::Open(path_).Generations();
  std::string file = Whole();
  file[generations[1].end_offset + 100] ^= 1;  // in the index of the third
  faults::WriteWhole(path_, file);
  const RecoverReport report = RecoverFile(path_, true);
  EXPECT_EQ(report.generation, 2u);
  EXPECT_EQ(Reader::Open(path_).ReadValue("epoch").AsInt(), 2);
}

TEST_F(RecoverTest, TakesNoTailForOneThatStandsElsewhere) {
  // A whole file in the payload of a cut one: its tail is true, but not of this place.
  const std::string inner = Whole();
  std::string cut = Whole() + inner;
  cut.resize(cut.size() + 64);
  faults::WriteWhole(path_, cut);
  EXPECT_EQ(RecoverFile(path_, false).complete_bytes, inner.size());
}

TEST_F(RecoverTest, RefusesAForgedTailWhoseChainIsNotWhole) {
  AddGeneration(2);
  const std::uint64_t first = Reader::Open(path_).Generations()[0].end_offset;
  ChangeTail([](container::Tail& tail) { tail.previous_sum ^= 1; });
  // Opening looks at no earlier generation; walking them and recovering do.
  EXPECT_EQ(ErrorOf([&] { Reader::Open(path_).Generations(); }).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(RecoverFile(path_, false).complete_bytes, first);
}

TEST_F(RecoverTest, RefusesAChainThatDoesNotGoBack) {
  AddGeneration(2);
  // A tail that names itself, or one behind its index, would make a loop.
  ChangeTail(
      [](container::Tail& tail) { tail.previous = tail.end_offset - container::kTailBytes; });
  const Error error = ErrorOf([&] { Reader::Open(path_); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "the previous tail lies outside the part before this index");
}

TEST_F(RecoverTest, RefusesAChainThatSkipsAGeneration) {
  AddGeneration(2);
  AddGeneration(3);
  const auto generations = Reader::Open(path_).Generations();
  ChangeTail([&](container::Tail& tail) {
    tail.previous = generations[0].end_offset - container::kTailBytes;
  });
  const Error error = ErrorOf([&] { Reader::Open(path_).AtGeneration(1); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().expected, "generation 2");
  EXPECT_EQ(error.fields().found, "generation 1");
}

TEST_F(RecoverTest, SaysWhenNothingIsWhole) {
  for (const std::size_t size : {64u, 127u, 192u, 5000u}) {
    faults::WriteWhole(path_, Whole().substr(0, size));
    const Error error = ErrorOf([&] { RecoverFile(path_, true); });
    EXPECT_EQ(error.code(), ErrorCode::kIncomplete) << size;
    EXPECT_EQ(error.fields().problem, "no generation in the file is complete");
    EXPECT_EQ(Whole().size(), size);
    SaveRun(path_, layers_);
  }
  faults::WriteWhole(path_, "PK\x03\x04 is no stone");
  EXPECT_EQ(ErrorOf([&] { RecoverFile(path_, true); }).code(), ErrorCode::kNotStatestone);
}

TEST_F(RecoverTest, DoesNotWorkForeverOnFalseTails) {
  // Each false tail is signed and says that its index starts at the file's start.
  std::string file = Whole().substr(0, 64);
  file.resize(64 + (32 << 20));
  for (std::size_t at = 192; at + container::kTailBytes <= file.size(); at += 128) {
    container::Tail tail;
    tail.index_offset = 64;
    tail.index_stored_bytes = tail.index_raw_bytes = at - 64;
    tail.end_offset = at + container::kTailBytes;
    const auto bytes = container::EncodeTail(tail);
    std::memcpy(file.data() + at, bytes.data(), bytes.size());
  }
  file += "cut";
  faults::WriteWhole(path_, file);
  const Error error = ErrorOf([&] { RecoverFile(path_, false); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().problem,
            "the file has more false tails than an unfinished write leaves");
}

TEST_F(RecoverTest, RefusesGenerationsThatTheFileDoesNotHave) {
  for (const std::uint64_t generation : {std::uint64_t{2}, ~std::uint64_t{0}}) {
    const Error error = ErrorOf([&] { Reader::Open(path_, {.generation = generation}); });
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.fields().expected, "1 to 1");
    EXPECT_EQ(error.fields().found, std::to_string(generation));
  }
}

TEST_F(RecoverTest, StopsWhenAsked) {
  faults::WriteWhole(path_, Whole() + std::string(4 << 20, 'x'));
  std::stop_source stop;
  stop.request_stop();
  AppendOptions options;
  options.write.stop = stop.get_token();
  EXPECT_EQ(ErrorOf([&] { RecoverFile(path_, true, options); }).code(), ErrorCode::kCanceled);
}

}  // namespace
}  // namespace statestone::testing
