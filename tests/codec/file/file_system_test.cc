#include "codec/file/file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ReadWhole;
using faults::ScratchDirectory;

TEST(FileSystemTest, IsTheSystemsOwnUnlessReplaced) {
  FileSystem& own = FileSystem::Current();
  EXPECT_EQ(&FileSystem::Current(), &own);
  FileSystem first;
  FileSystem second;
  {
    const ScopedFileSystem outer(first);
    EXPECT_EQ(&FileSystem::Current(), &first);
    {
      const ScopedFileSystem inner(second);
      EXPECT_EQ(&FileSystem::Current(), &second);
    }
    EXPECT_EQ(&FileSystem::Current(), &first);
  }
  EXPECT_EQ(&FileSystem::Current(), &own);
}

TEST(FileSystemTest, DoesWhatTheCallsDo) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "file";
  const std::string other = scratch / "other";
  FileSystem& system = FileSystem::Current();
  const int fd = system.Open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(system.Write(fd, "contents", 8), 8);
  EXPECT_EQ(system.Fsync(fd), 0);
  EXPECT_EQ(system.Ftruncate(fd, 4), 0);
  EXPECT_EQ(system.Fchmod(fd, 0640), 0);
  EXPECT_EQ(system.Flock(fd, LOCK_EX | LOCK_NB), 0);
  struct stat status = {};
  EXPECT_EQ(system.Fstat(fd, &status), 0);
  EXPECT_EQ(status.st_size, 4);
  EXPECT_EQ(status.st_mode & 07777u, 0640u);
  char text[3] = {};
  EXPECT_EQ(system.Pread(fd, text, 2, 1), 2);
  EXPECT_STREQ(text, "on");
  void* map = system.Mmap(4, PROT_READ, MAP_PRIVATE, fd, 0);
  ASSERT_NE(map, MAP_FAILED);
  EXPECT_EQ(std::memcmp(map, "cont", 4), 0);
  EXPECT_EQ(system.Munmap(map, 4), 0);
  EXPECT_EQ(system.Close(fd), 0);
  EXPECT_EQ(system.Rename(path.c_str(), other.c_str()), 0);
  EXPECT_EQ(system.Stat(path.c_str(), &status), -1);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(ReadWhole(other), "cont");
  EXPECT_EQ(system.Unlink(other.c_str()), 0);
  EXPECT_EQ(scratch.Names(), std::vector<std::string>{});
}

TEST(FileSystemTest, ReadsSymlinksAndSyncsDirectories) {
  const ScratchDirectory scratch;
  std::filesystem::create_symlink("elsewhere", scratch / "link");
  FileSystem& system = FileSystem::Current();
  char text[16] = {};
  EXPECT_EQ(system.Readlink((scratch / "link").c_str(), text, sizeof text), 9);
  EXPECT_STREQ(text, "elsewhere");
  const int fd = system.Open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(system.FsyncDirectory(fd), 0);
  EXPECT_EQ(system.Close(fd), 0);
}

}  // namespace
}  // namespace statestone::file
