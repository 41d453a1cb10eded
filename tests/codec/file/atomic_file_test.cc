#include "codec/file/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>

#include "codec/file/byte_source.h"
#include "tests/faults/error_of.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::Call;
using faults::ErrorOf;
using faults::FaultFileSystem;
using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;
using Names = std::vector<std::string>;

TEST(AtomicFileTest, CreatesAFileThatWasNotThere) {
  const ScratchDirectory scratch;
  AtomicFile file(scratch / "model.stone");
  file.Write(ToBytes("weights"));
  file.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "weights");
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
}

TEST(AtomicFileTest, ShowsTheOldFileUntilTheCommit) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  AtomicFile file(scratch / "model.stone");
  file.Write(ToBytes("new"));
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "old");
  file.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "new");
}

TEST(AtomicFileTest, LeavesNothingBehindWithoutACommit) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  {
    AtomicFile file(scratch / "model.stone");
    file.Write(ToBytes(std::string(3 << 20, 'n')));
    EXPECT_EQ(scratch.Names().size(), 2u);
  }
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "old");
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
}

TEST(AtomicFileTest, CommitsAnEmptyFile) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  AtomicFile file(scratch / "model.stone");
  file.Write({});
  file.WriteZeros(0);
  EXPECT_EQ(file.position(), 0u);
  file.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "");
}

TEST(AtomicFileTest, KeepsTheOrderOfSmallAndLargePieces) {
  const ScratchDirectory scratch;
  std::string expected;
  AtomicFile file(scratch / "model.stone");
  // Around the size of the buffer, below, at and above it.
  for (const std::size_t size : {1u, 100u, (1u << 20) - 101u, 1u, (1u << 20) - 1u, 1u << 20,
                                 (1u << 20) + 1u, 7u, 3u << 20, 5u}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    file.Write(ToBytes(piece));
    expected += piece;
    EXPECT_EQ(file.position(), expected.size());
  }
  file.WriteZeros(100000);
  expected.append(100000, '\0');
  EXPECT_EQ(file.position(), expected.size());
  file.Commit();
  EXPECT_TRUE(ReadWhole(scratch / "model.stone") == expected);
}

TEST(AtomicFileTest, GathersSmallWritesIntoFewCalls) {
  const ScratchDirectory scratch;
  FaultFileSystem counting;
  const ScopedFileSystem scope(counting);
  AtomicFile file(scratch / "model.stone");
  for (int i = 0; i < 1000; ++i) file.Write(ToBytes("0123456789"));
  EXPECT_EQ(counting.count(Call::kWrite), 0u);
  EXPECT_EQ(file.position(), 10000u);
  file.Commit();
  EXPECT_EQ(counting.count(Call::kWrite), 1u);
  EXPECT_EQ(ReadWhole(scratch / "model.stone").size(), 10000u);
}

TEST(AtomicFileTest, SyncsTheFileBeforeTheRenameAndTheDirectoryAfterIt) {
  struct Recording final : FileSystem {
    int Fsync(int fd) override { return Note("fsync"), FileSystem::Fsync(fd); }
    int FsyncDirectory(int fd) override {
      struct stat status = {};
      EXPECT_EQ(::fstat(fd, &status), 0);
      EXPECT_TRUE(S_ISDIR(status.st_mode));
      return Note("directory"), FileSystem::FsyncDirectory(fd);
    }
    int Fchmod(int fd, mode_t mode) override {
      return Note("fchmod"), FileSystem::Fchmod(fd, mode);
    }
    int Rename(const char* from, const char* to) override {
      return Note("rename"), FileSystem::Rename(from, to);
    }
    int Close(int fd) override { return Note("close"), FileSystem::Close(fd); }
    ssize_t Write(int fd, const void* data, std::size_t size) override {
      return Note("write"), FileSystem::Write(fd, data, size);
    }
    void Note(const char* call) { calls.emplace_back(call); }
    Names calls;
  } recording;
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  const ScopedFileSystem scope(recording);
  {
    AtomicFile file(scratch / "model.stone");
    file.Write(ToBytes("new"));
    file.Commit();
  }
  EXPECT_EQ(recording.calls,
            (Names{"write", "fchmod", "fsync", "close", "rename", "directory", "close"}));
}

TEST(AtomicFileTest, RefusesToGoOnAfterTheCommit) {
  const ScratchDirectory scratch;
  AtomicFile file(scratch / "model.stone");
  file.Write(ToBytes("a"));
  file.Commit();
  for (const Error& error :
       {ErrorOf([&] { file.Commit(); }), ErrorOf([&] { file.Write(ToBytes("b")); }),
        ErrorOf([&] { file.WriteZeros(1); })}) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().problem, "the save is finished already");
  }
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "a");
}

TEST(AtomicFileTest, RefusesToCommitAfterAWriteFailed) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  FaultFileSystem system({.call = Call::kWrite, .nth = 1, .number = EIO});
  const ScopedFileSystem scope(system);
  AtomicFile file(scratch / "model.stone");
  const Error failed = ErrorOf([&] { file.Write(ToBytes(std::string(2 << 20, 'n'))); });
  EXPECT_EQ(failed.fields().problem, "write failed");
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
  const Error error = ErrorOf([&] { file.Commit(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().problem, "the save has failed already");
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "old");
}

TEST(AtomicFileTest, NeverRepeatsAFailedFsync) {
  for (const int number : {EIO, EINTR}) {
    const ScratchDirectory scratch;
    WriteWhole(scratch / "model.stone", "old");
    FaultFileSystem system({.call = Call::kFsync, .nth = 1, .number = number});
    const ScopedFileSystem scope(system);
    const Error error = ErrorOf([&] {
      AtomicFile file(scratch / "model.stone");
      file.Write(ToBytes("new"));
      file.Commit();
    });
    EXPECT_EQ(error.fields().problem, "fsync failed");
    EXPECT_EQ(error.fields().system_error, number);
    EXPECT_EQ(system.count(Call::kFsync), 1u);
    EXPECT_EQ(ReadWhole(scratch / "model.stone"), "old");
    EXPECT_EQ(scratch.Names(), Names{"model.stone"});
  }
}

TEST(AtomicFileTest, SaysThatTheFileIsInPlaceWhenOnlyTheDirectorySyncFailed) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  FaultFileSystem system({.call = Call::kFsyncDirectory, .nth = 1, .number = EIO});
  const ScopedFileSystem scope(system);
  const Error error = ErrorOf([&] {
    AtomicFile file(scratch / "model.stone");
    file.Write(ToBytes("new"));
    file.Commit();
  });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem,
            "fsync failed for the directory it is in: the new file is complete and in place");
  EXPECT_EQ(error.fields().system_error, EIO);
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "new");
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
}

TEST(AtomicFileTest, AcceptsAFileSystemThatCannotSyncDirectories) {
  for (const int number : {EINVAL, ENOTSUP}) {
    const ScratchDirectory scratch;
    FaultFileSystem system({.call = Call::kFsyncDirectory, .nth = 1, .number = number});
    const ScopedFileSystem scope(system);
    AtomicFile file(scratch / "model.stone");
    EXPECT_NO_THROW(file.Commit());
    EXPECT_TRUE(system.fired());
  }
}

TEST(AtomicFileTest, TriesAnotherNameWhenTheTemporaryOneIsTaken) {
  const ScratchDirectory scratch;
  FaultFileSystem system({.call = Call::kOpen, .nth = 2, .number = EEXIST});
  const ScopedFileSystem scope(system);
  AtomicFile file(scratch / "model.stone");
  EXPECT_TRUE(system.fired());
  file.Commit();
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
}

TEST(AtomicFileTest, GivesUpWhenEveryTemporaryNameIsTaken) {
  const ScratchDirectory scratch;
  FaultFileSystem system({.call = Call::kOpen, .nth = 2, .for_ever = true, .number = EEXIST});
  const ScopedFileSystem scope(system);
  const Error error = ErrorOf([&] { const AtomicFile file(scratch / "model.stone"); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "open failed for the temporary file beside it");
  EXPECT_EQ(error.fields().system_error, EEXIST);
}

TEST(AtomicFileTest, LetsTwoSavesOfOneTargetRunSideBySide) {
  const ScratchDirectory scratch;
  AtomicFile first(scratch / "model.stone");
  AtomicFile second(scratch / "model.stone");
  EXPECT_NE(first.temporary_path(), second.temporary_path());
  first.Write(ToBytes("first"));
  second.Write(ToBytes("second"));
  second.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "second");
  first.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "first");
  EXPECT_EQ(scratch.Names(), Names{"model.stone"});
}

TEST(AtomicFileTest, LeavesTheMapOfTheReplacedFileAsItWas) {
  const ScratchDirectory scratch;
  const std::string old(200000, 'o');
  WriteWhole(scratch / "model.stone", old);
  const auto map = OpenMapped(scratch / "model.stone", false);
  AtomicFile file(scratch / "model.stone");
  file.Write(map->bytes());
  file.Write(ToBytes("more"));
  file.Commit();
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), old + "more");
  const auto bytes = map->bytes();
  EXPECT_TRUE(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == old);
}

}  // namespace
}  // namespace statestone::file
