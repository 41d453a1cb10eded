// Readers over a source that the caller supplies, honest or not.
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/stone_editor.h"
#include "tests/faults/error_of.h"
#include "tests/faults/memory_byte_source.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;
using faults::MemoryByteSource;

// A file of 40 raw and coded chunks.
FileBytes SomeChunks() {
  static const std::vector<float> weights = WeightsFloat32(20'000, 1);
  static const std::vector<std::byte> noise = RandomBytes(40'000, 2);
  WriteOptions options;
  options.chunk_units_log2 = 11;
  return Written(options, [](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("weights", DType::kFloat32, {200, 100}, weights));
    writer.AddTensor(scope, Source("noise", DType::kUInt8, {40'000}, noise));
    writer.AddValue("model", Value::TensorDict(scope));
  });
}

class CallerSourceTest : public ::testing::Test {
 protected:
  Reader Open(std::size_t threads = 1) const {
    ReadOptions options;
    options.threads = threads;
    return Reader::FromSource(source_, options);
  }

  const FileBytes file_ = SomeChunks();
  const std::shared_ptr<MemoryByteSource> source_ = std::make_shared<MemoryByteSource>(file_);
};

TEST_F(CallerSourceTest, GivesWhatTheFileHolds) {
  const Reader reader = Open();
  const Reader memory = OpenBytes(file_);
  EXPECT_EQ(Contents(reader), Contents(memory));
  EXPECT_EQ(reader.ContentDigest(), memory.ContentDigest());
  EXPECT_EQ(reader.Verify().chunks, memory.Verify().chunks);
  EXPECT_EQ(reader.file_bytes(), file_.size());
  EXPECT_FALSE(reader.ViewInPlace(*reader.Find({0}, "noise")));
  EXPECT_EQ(source_->empty_reads, 0u);
}

TEST_F(CallerSourceTest, IsAskedOnlyForWhatIsNeeded) {
  const Reader reader = Open();
  EXPECT_EQ(source_->reads, 3u) << "head, tail, index";
  std::vector<std::byte> row(400);
  reader.ReadSlice(*reader.Find({0}, "weights"), 0, 1, row);
  EXPECT_EQ(source_->reads, 4u);
}

TEST_F(CallerSourceTest, LivesAsLongAsItsReader) {
  auto source = std::make_shared<MemoryByteSource>(file_);
  const std::weak_ptr<MemoryByteSource> watch = source;
  std::optional<Reader> reader = Reader::FromSource(std::move(source));
  EXPECT_FALSE(watch.expired());
  EXPECT_NO_THROW(reader->Verify());
  reader.reset();
  EXPECT_TRUE(watch.expired());
}

TEST_F(CallerSourceTest, MayBeNothingButNotNull) {
  const Error empty = ErrorOf(
      [] { Reader::FromSource(std::make_shared<MemoryByteSource>(std::vector<std::byte>())); });
  EXPECT_EQ(empty.code(), ErrorCode::kNotStatestone);
  EXPECT_EQ(empty.fields().path, "store://bucket/model");
  const Error null = ErrorOf([] { Reader::FromSource(nullptr); });
  EXPECT_EQ(null.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(null.fields().problem, "there is no source to read from");
}

TEST_F(CallerSourceTest, NamesItselfInErrorsAboutTheFile) {
  FileBytes damaged = file_;
  damaged[5000] ^= std::byte{1};
  const Reader reader = Reader::FromSource(std::make_shared<MemoryByteSource>(damaged));
  const Error error = ErrorOf([&] { reader.Verify(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error.fields().problem, "checksum mismatch");
  EXPECT_EQ(error.fields().path, "store://bucket/model");
}

struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST_F(CallerSourceTest, WhatItThrowsReachesTheCallerAsItIs) {
  for (const std::size_t threads : {1u, 4u}) {
    source_->before_read = nullptr;
    const Reader reader = Open(threads);
    source_->before_read = [](std::uint64_t, std::size_t) { throw Unavailable("503"); };
    EXPECT_THROW(Reader::FromSource(source_), Unavailable);
    EXPECT_THROW(reader.Read(TensorRef{0}), Unavailable);
    EXPECT_THROW(reader.Verify(), Unavailable);
    EXPECT_THROW(reader.ContentDigest(), Unavailable);
    source_->before_read = nullptr;
    EXPECT_NO_THROW(reader.Verify()) << "a failure is of one read, not of the reader";
  }
}

// Else a store without ranges would look like a chunk of the future, which verify lets pass.
TEST_F(CallerSourceTest, AnErrorItThrowsIsNeverTakenForOneOfTheFile) {
  const Reader reader = Open();
  for (const ErrorCode code : {ErrorCode::kUnsupported, ErrorCode::kIncomplete, ErrorCode::kCorrupt,
                               ErrorCode::kIo, ErrorCode::kCanceled}) {
    source_->before_read = [&](std::uint64_t, std::size_t) {
      throw Error(code, {.problem = "no ranges", .advice = "ask for all of it"});
    };
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { Reader::FromSource(source_); }, [&] { reader.Verify(); },
             [&] { reader.Read(TensorRef{0}); }}) {
      const Error error = ErrorOf(call);
      EXPECT_EQ(error.code(), code == ErrorCode::kCanceled ? code : ErrorCode::kIo);
      EXPECT_EQ(error.fields().problem, "no ranges");
      EXPECT_EQ(error.fields().path, "store://bucket/model");
    }
  }
}

TEST_F(CallerSourceTest, ASizeThatIsTooLargeIsNoticed) {
  source_->said_size = file_.size() + 64;
  const Error error = ErrorOf([&] { Open(); });
  EXPECT_EQ(error.code(), ErrorCode::kIncomplete);
  EXPECT_EQ(error.fields().problem, "the source ended before its size");
  EXPECT_EQ(error.fields().expected,
            "128 bytes at " + std::to_string(file_.size() + 64 - container::kTailBytes));
  EXPECT_EQ(error.fields().found, "64");
  EXPECT_EQ(error.fields().offset, file_.size());
  EXPECT_EQ(error.fields().path, "store://bucket/model");
  source_->said_size = ~std::uint64_t{63};
  EXPECT_EQ(ErrorOf([&] { Open(); }).code(), ErrorCode::kIncomplete);
}

TEST_F(CallerSourceTest, ASizeThatIsTooSmallIsNoticed) {
  for (const std::uint64_t size : {std::uint64_t{63}, std::uint64_t{128}, file_.size() - 64}) {
    source_->said_size = size;
    EXPECT_EQ(ErrorOf([&] { Open(); }).code(), ErrorCode::kIncomplete) << size;
  }
}

TEST_F(CallerSourceTest, ASizeThatChangesLaterIsNotAskedForAgain) {
  const Reader reader = Open();
  source_->said_size = 0;
  EXPECT_EQ(reader.file_bytes(), file_.size());
  EXPECT_NO_THROW(reader.Verify());
}

TEST_F(CallerSourceTest, ShortAndLongCountsAreErrors) {
  const Reader reader = Open();
  const TensorRef noise = *reader.Find({0}, "noise");
  std::vector<std::byte> out(40'000);
  source_->said_count = 1000;
  const Error brief = ErrorOf([&] { reader.Read(noise, out); });
  EXPECT_EQ(brief.code(), ErrorCode::kIncomplete);
  EXPECT_EQ(brief.fields().problem, "the source ended before its size");
  EXPECT_EQ(brief.fields().found, "1000");
  source_->said_count = 5'000'000;
  const Error longer = ErrorOf([&] { reader.Read(noise, out); });
  EXPECT_EQ(longer.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(longer.fields().problem,
            "the source says that it gave more bytes than it was asked for");
  EXPECT_EQ(longer.fields().found, "5000000");
  source_->said_count = 0;
  EXPECT_EQ(ErrorOf([&] { reader.Verify(); }).code(), ErrorCode::kIncomplete);
}

TEST_F(CallerSourceTest, BytesThatAreNotThoseOfTheFileAreFoundByTheirSums) {
  // Says that it filled all of them, and left them as they were.
  class Idle : public MemoryByteSource {
   public:
    using MemoryByteSource::MemoryByteSource;
    std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
      return idle ? out.size() : MemoryByteSource::Read(offset, out);
    }
    bool idle = false;
  };
  const auto idle = std::make_shared<Idle>(file_);
  const Reader other = Reader::FromSource(idle);
  idle->idle = true;
  EXPECT_EQ(ErrorOf([&] { other.Read(TensorRef{0}); }).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(ErrorOf([&] { other.Verify(); }).code(), ErrorCode::kCorrupt);
}

TEST_F(CallerSourceTest, IsReadByManyThreadsOfOneReaderAtOnce) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  source_->before_read = [&](std::uint64_t, std::size_t) {
    const int now = ++inside;
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      most = std::max<int>(most, now);
    }
    // Until another thread is here too, or it is clear that none comes.
    for (int i = 0; i < 1000 && most < 2; ++i) std::this_thread::yield();
    --inside;
  };
  const Reader reader = Open(4);
  const std::string contents = Contents(OpenBytes(file_));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i) {
      readers.emplace_back([&] {
        if (Contents(reader) != contents || reader.Verify().generations != 1) ++wrong;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(threads.size(), 1u);
}

}  // namespace
}  // namespace statestone::testing
