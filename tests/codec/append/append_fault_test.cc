// Every system call of an append failing once and for ever, and every place where one can be cut
// off.
#include <gmock/gmock.h>

#include "tests/codec/append/append_fixture.h"
#include "tests/codec/files/contents.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/error_of.h"
#include "tests/faults/fault_file_system.h"

namespace statestone::testing {
namespace {

using faults::Call;
using faults::ErrorOf;
using faults::FaultOutcome;

std::string_view AsText(const FileBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class SmallAppendTest : public ::testing::Test {
 protected:
  SmallAppendTest() { faults::WriteWhole(path_, old_); }

  // A new tensor of two chunks, a value, and what "state" has beside them.
  void Append() const {
    AppendOptions options;
    options.write.threads = 1;
    options.write.chunk_units_log2 = 8;
    options.write.writer = "append";
    options.wait = false;
    Appender appender = Appender::Open(path_, options);
    const ScopeRef scope = appender.AddScope();
    appender.AddTensor(scope, Source("w", DType::kFloat32, {500}, weights_));
    appender.PutValue("added", Value::TensorDict(scope));
    appender.PutValue("count", 3);
    appender.Finish();
  }

  std::string Appended() const {
    faults::WriteWhole(path_, old_);
    Append();
    return faults::ReadWhole(path_);
  }

  faults::ScratchDirectory scratch_;
  std::filesystem::path path_ = scratch_ / "a.stone";
  std::string old_{AsText(SmallFileBytes("state"))};
  std::vector<float> weights_ = WeightsFloat32(500, 4);
};

TEST_F(SmallAppendTest, LeavesTheOldFileOrTheNewOneWhicheverCallFails) {
  const std::string fresh = Appended();
  const auto tally = faults::ForEachFault(
      [&] {
        faults::WriteWhole(path_, old_);
        Append();
      },
      [&](const FaultOutcome& outcome) {
        const std::string now = faults::ReadWhole(path_);
        if (!outcome.error) {
          EXPECT_TRUE(now == fresh);
        } else {
          EXPECT_TRUE(now == old_) << outcome.error->what();
        }
      });
  for (const Call call : {Call::kOpen, Call::kStat, Call::kFstat, Call::kPread, Call::kFlock,
                          Call::kWrite, Call::kFsync}) {
    EXPECT_GT(tally[static_cast<std::size_t>(call)], 0u) << faults::Name(call);
  }
}

// A disk that is full and does not even take back what was written.
class NoSpaceFileSystem : public file::FileSystem {
 public:
  ssize_t Write(int fd, const void* data, std::size_t size) override {
    if (left_ == 0) {
      errno = ENOSPC;
      return -1;
    }
    const std::size_t some = std::min(size, left_);
    left_ -= some;
    return FileSystem::Write(fd, data, some);
  }
  int Ftruncate(int, off_t) override {
    errno = EIO;
    return -1;
  }

 private:
  std::size_t left_ = 700;
};

TEST_F(SmallAppendTest, SaysHowToRecoverWhereItCannotBeUndone) {
  {
    NoSpaceFileSystem full;
    const file::ScopedFileSystem in_place(full);
    const Error error = ErrorOf([&] { Append(); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.fields().system_error, ENOSPC);
    EXPECT_THAT(error.fields().advice, ::testing::HasSubstr("`statestone recover`"));
  }
  EXPECT_EQ(faults::ReadWhole(path_).size(), old_.size() + 700);
  EXPECT_EQ(ErrorOf([&] { Reader::Open(path_); }).code(), ErrorCode::kIncomplete);
  RecoverFile(path_, true);
  EXPECT_TRUE(faults::ReadWhole(path_) == old_);
}

TEST_F(SmallAppendTest, IsRecoveredFromACutAtEveryByteAndAppendedToAgain) {
  const std::string fresh = Appended();
  const std::string contents = Contents(OpenBytes(SmallFileBytes("state")));
  faults::FaultFileSystem nothing_is_synced;
  const file::ScopedFileSystem in_place(nothing_is_synced);
  for (std::size_t size = old_.size() + 1; size < fresh.size(); ++size) {
    faults::WriteWhole(path_, fresh.substr(0, size));
    const Error error = ErrorOf([&] { Reader::Open(path_); });
    ASSERT_EQ(error.code(), ErrorCode::kIncomplete) << size << ": " << error.what();
    ASSERT_EQ(Contents(Reader::Open(path_, {.recover = true})), contents) << size;
    const RecoverReport report = RecoverFile(path_, true);
    ASSERT_EQ(report.generation, 1u);
    ASSERT_EQ(report.file_bytes, size);
    ASSERT_EQ(report.complete_bytes, old_.size());
    ASSERT_TRUE(faults::ReadWhole(path_) == old_) << size;
    Append();
    ASSERT_TRUE(faults::ReadWhole(path_) == fresh) << size;
  }
}

TEST_F(SmallAppendTest, NoticesEveryFlippedBitOfBothGenerations) {
  const std::string fresh = Appended();
  const Reader whole = Reader::Open(path_);
  const std::string contents = Contents(whole);
  for (std::size_t bit = 0; bit < fresh.size() * 8; bit += 5) {
    std::string flipped = fresh;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto bytes = faults::ToBytes(flipped);
    const Error error = ErrorOf([&] { Reader::FromMemory(bytes, nullptr).Verify(); });
    ASSERT_NE(error.code(), ErrorCode::kCanceled) << "bit " << bit;
  }
}

TEST_F(SmallAppendTest, TruncatesOrLeavesTheFileWhicheverCallOfARecoveryFails) {
  const std::string cut = Appended().substr(0, old_.size() + 999);
  faults::ForEachFault(
      [&] {
        faults::WriteWhole(path_, cut);
        RecoverFile(path_, true, {.wait = false});
      },
      [&](const FaultOutcome& outcome) {
        const std::string now = faults::ReadWhole(path_);
        const bool truncated = !outcome.error || outcome.fault.call == Call::kFsync;
        EXPECT_TRUE(now == (truncated ? old_ : cut));
      });
}

}  // namespace
}  // namespace statestone::testing
