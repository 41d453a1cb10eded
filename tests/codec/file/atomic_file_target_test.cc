#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "codec/file/atomic_file.h"
#include "codec/file/file_system.h"
#include "statestone/display.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

namespace fs = std::filesystem;
using faults::ErrorOf;
using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;
using Names = std::vector<std::string>;

void Save(const fs::path& path, std::string_view contents) {
  AtomicFile file(path);
  file.Write(ToBytes(contents));
  file.Commit();
}

// Only begins a save: were a device let through, a commit would replace it in /dev.
Error ErrorOfBeginning(const fs::path& path) {
  return ErrorOf([&] { const AtomicFile file(path); });
}

void ExpectRefusedAs(const fs::path& path, const std::string& kind) {
  const Error error = ErrorOfBeginning(path);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().found, kind);
  EXPECT_EQ(error.fields().path, path.native());
  EXPECT_FALSE(error.fields().advice.empty());
}

TEST(AtomicFileTargetTest, ReplacesTheFileASymlinkPointsTo) {
  const ScratchDirectory scratch;
  fs::create_directory(scratch / "runs");
  WriteWhole(scratch / "runs/3.stone", "old");
  fs::create_symlink("runs/3.stone", scratch / "latest");
  fs::create_symlink(scratch / "latest", scratch / "best");
  Save(scratch / "best", "new");
  EXPECT_TRUE(fs::is_symlink(scratch / "best"));
  EXPECT_TRUE(fs::is_symlink(scratch / "latest"));
  EXPECT_FALSE(fs::is_symlink(scratch / "runs/3.stone"));
  EXPECT_EQ(ReadWhole(scratch / "runs/3.stone"), "new");
}

TEST(AtomicFileTargetTest, MakesTheTemporaryFileBesideTheFileASymlinkPointsTo) {
  const ScratchDirectory scratch;
  fs::create_directory(scratch / "runs");
  fs::create_symlink("runs/3.stone", scratch / "latest");
  const AtomicFile file(scratch / "latest");
  EXPECT_EQ(fs::path(file.temporary_path()).parent_path(), scratch / "runs");
}

TEST(AtomicFileTargetTest, CreatesTheFileADanglingSymlinkPointsTo) {
  const ScratchDirectory scratch;
  fs::create_symlink("absent.stone", scratch / "latest");
  Save(scratch / "latest", "new");
  EXPECT_TRUE(fs::is_symlink(scratch / "latest"));
  EXPECT_EQ(ReadWhole(scratch / "absent.stone"), "new");
}

TEST(AtomicFileTargetTest, RefusesASymlinkIntoADirectoryThatIsNotThere) {
  const ScratchDirectory scratch;
  fs::create_symlink("absent/model.stone", scratch / "latest");
  const Error error = ErrorOfBeginning(scratch / "latest");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "open failed for the directory it is in");
  EXPECT_EQ(error.fields().system_error, ENOENT);
  EXPECT_EQ(error.fields().path, (scratch / "latest").native());
}

TEST(AtomicFileTargetTest, RefusesALoopOfSymlinks) {
  const ScratchDirectory scratch;
  fs::create_symlink("b", scratch / "a");
  fs::create_symlink("a", scratch / "b");
  const Error error = ErrorOfBeginning(scratch / "a");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, ELOOP);
  EXPECT_EQ(error.fields().advice, "the symlinks of the path form a loop or a very long chain");
}

TEST(AtomicFileTargetTest, RefusesADirectory) {
  const ScratchDirectory scratch;
  fs::create_directory(scratch / "runs");
  ExpectRefusedAs(scratch / "runs", "a directory");
  fs::create_directory_symlink("runs", scratch / "link");
  ExpectRefusedAs(scratch / "link", "a directory");
  EXPECT_EQ(scratch.Names(), (Names{"link", "runs"}));
}

TEST(AtomicFileTargetTest, RefusesAFifoWithoutWaitingForAReader) {
  const ScratchDirectory scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  ExpectRefusedAs(scratch / "pipe", "a FIFO (named pipe)");
  EXPECT_EQ(scratch.Names(), Names{"pipe"});
}

TEST(AtomicFileTargetTest, RefusesADevice) {
  ExpectRefusedAs("/dev/full", "a character device");
  const ScratchDirectory scratch;
  fs::create_symlink("/dev/full", scratch / "link");
  ExpectRefusedAs(scratch / "link", "a character device");
  EXPECT_EQ(scratch.Names(), Names{"link"});
}

TEST(AtomicFileTargetTest, RefusesASocket) {
  const ScratchDirectory scratch;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = (scratch / "socket").native();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ExpectRefusedAs(scratch / "socket", "a socket");
  ::close(fd);
}

TEST(AtomicFileTargetTest, RefusesAnOpenPipeNamedThroughDev) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ExpectRefusedAs("/dev/fd/" + std::to_string(ends[1]), "a FIFO (named pipe)");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(AtomicFileTargetTest, RefusesPathsThatNameNoFile) {
  const ScratchDirectory scratch;
  for (const fs::path& path :
       {fs::path(), scratch / "absent/", scratch / ".", scratch / "..", fs::path(".")}) {
    const Error error = ErrorOfBeginning(path);
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << path;
    EXPECT_EQ(error.fields().problem, "the path does not name a file") << path;
  }
}

TEST(AtomicFileTargetTest, RefusesANulInThePath) {
  const ScratchDirectory scratch;
  const Error error = ErrorOfBeginning(scratch / std::string("model\0.stone", 12));
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(std::string(error.what()).find("model\\x00.stone"), std::string::npos) << error.what();
  EXPECT_EQ(scratch.Names(), Names{});
}

TEST(AtomicFileTargetTest, NamesTheDirectoryThatIsNotThere) {
  const ScratchDirectory scratch;
  const Error error = ErrorOfBeginning(scratch / "absent/model.stone");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "open failed for the directory it is in");
  EXPECT_EQ(error.fields().system_error, ENOENT);
}

TEST(AtomicFileTargetTest, NamesAFileThatStandsWhereADirectoryShould) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "file", "old");
  const Error error = ErrorOfBeginning(scratch / "file/model.stone");
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "stat failed");
  EXPECT_EQ(error.fields().system_error, ENOTDIR);
}

TEST(AtomicFileTargetTest, SavesUnderAnyNameTheSystemAccepts) {
  std::string two_byte_characters;
  while (two_byte_characters.size() < 254) two_byte_characters += "ä";
  for (const std::string& name :
       {std::string(255, 'x'), two_byte_characters, std::string(255, '\xFF'),
        std::string("not utf-8 \xC3\x28.stone"), std::string("with spaces .stone"),
        std::string(" "), std::string("-rf"), std::string("a\nb"), std::string("...")}) {
    const ScratchDirectory scratch;
    WriteWhole(scratch / name, "old");
    Save(scratch / name, "new");
    EXPECT_EQ(ReadWhole(scratch / name), "new") << EscapeForDisplay(name);
    EXPECT_EQ(scratch.Names(), Names{name});
  }
}

TEST(AtomicFileTargetTest, RefusesANameThatIsTooLong) {
  const ScratchDirectory scratch;
  const Error error = ErrorOfBeginning(scratch / std::string(256, 'x'));
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, ENAMETOOLONG);
  EXPECT_EQ(error.fields().advice, "use a shorter path");
}

TEST(AtomicFileTargetTest, HidesTheTemporaryFileUnderAShortNameOfTheSameStart) {
  const ScratchDirectory scratch;
  const AtomicFile file(scratch / "model.stone");
  const std::string name = fs::path(file.temporary_path()).filename();
  EXPECT_TRUE(name.starts_with(".model.stone.")) << name;
  EXPECT_TRUE(name.ends_with(".tmp")) << name;
  EXPECT_EQ(name.size(), std::string(".model.stone.0123456789abcdef.tmp").size());

  const AtomicFile long_name(scratch / std::string(255, 'x'));
  EXPECT_EQ(fs::path(long_name.temporary_path()).filename().native().size(), 128u);
}

TEST(AtomicFileTargetTest, CutsTheTemporaryNameBetweenCharacters) {
  const ScratchDirectory scratch;
  for (const std::string start : {"", "x", "xy", "xyz"}) {
    std::string name = start;
    while (name.size() < 200) name += "\xF0\x9F\x98\x80";
    const AtomicFile file(scratch / name);
    const std::string temporary = fs::path(file.temporary_path()).filename();
    EXPECT_TRUE(IsValidUtf8(temporary));
    EXPECT_LE(temporary.size(), 128u);
    EXPECT_GT(temporary.size(), 124u);
  }
}

TEST(AtomicFileTargetTest, NeverWritesThroughALinkLaidOutUnderTheTemporaryName) {
  // Somebody who guessed the name was there first.
  struct Trap final : FileSystem {
    int Open(const char* path, int flags, mode_t mode) override {
      if ((flags & O_CREAT) != 0 && ++traps == 1) fs::create_symlink(victim, path);
      return FileSystem::Open(path, flags, mode);
    }
    fs::path victim;
    int traps = 0;
  } trap;
  const ScratchDirectory scratch;
  trap.victim = scratch / "victim";
  WriteWhole(trap.victim, "precious");
  const ScopedFileSystem scope(trap);
  Save(scratch / "model.stone", "new");
  EXPECT_EQ(trap.traps, 2);
  EXPECT_EQ(ReadWhole(trap.victim), "precious");
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "new");
  EXPECT_FALSE(fs::is_symlink(scratch / "model.stone"));
}

TEST(AtomicFileTargetTest, KeepsTheTemporaryFileFromChildProcesses) {
  struct Flags final : FileSystem {
    int Open(const char* path, int flags, mode_t mode) override {
      EXPECT_NE(flags & O_CLOEXEC, 0) << path;
      return FileSystem::Open(path, flags, mode);
    }
  } flags;
  const ScratchDirectory scratch;
  const ScopedFileSystem scope(flags);
  Save(scratch / "model.stone", "new");
}

TEST(AtomicFileTargetTest, SavesToAPathRelativeToTheWorkingDirectory) {
  const ScratchDirectory scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  Save("model.stone", "new");
  fs::create_symlink("model.stone", "latest");
  Save("latest", "newer");
  fs::current_path(before);
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "newer");
  EXPECT_EQ(scratch.Names(), (Names{"latest", "model.stone"}));
}

}  // namespace
}  // namespace statestone::file
