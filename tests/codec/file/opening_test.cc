#include "codec/file/opening.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "codec/file/byte_source.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

namespace fs = std::filesystem;
using faults::ErrorOf;
using faults::OpenDescriptors;
using faults::ScratchDirectory;
using faults::WriteWhole;

// Both ways to open a file refuse the same things in the same words.
Error ErrorOfOpening(const fs::path& path) {
  const std::size_t before = OpenDescriptors();
  const Error mapped = ErrorOf([&] { OpenMapped(path, false); });
  const Error positioned = ErrorOf([&] { OpenPositioned(path); });
  EXPECT_STREQ(mapped.what(), positioned.what());
  EXPECT_EQ(OpenDescriptors(), before);
  return mapped;
}

void ExpectRefusedAs(const fs::path& path, const std::string& kind) {
  const Error error = ErrorOfOpening(path);
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
  EXPECT_EQ(error.fields().found, kind);
  EXPECT_EQ(error.fields().path, path.native());
  EXPECT_FALSE(error.fields().advice.empty());
}

void ExpectIoError(const fs::path& path, const std::string& problem, int number) {
  const Error error = ErrorOfOpening(path);
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, problem);
  EXPECT_EQ(error.fields().system_error, number);
  EXPECT_EQ(error.fields().path, path.native());
}

TEST(OpeningTest, RefusesADirectory) {
  const ScratchDirectory scratch;
  ExpectRefusedAs(scratch.path(), "a directory");
  EXPECT_EQ(ErrorOfOpening(scratch.path()).fields().advice, "name a file inside the directory");
}

TEST(OpeningTest, RefusesAFifoWithoutWaitingForAWriter) {
  const ScratchDirectory scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  ExpectRefusedAs(scratch / "pipe", "a FIFO (named pipe)");
}

TEST(OpeningTest, RefusesADevice) {
  ExpectRefusedAs("/dev/null", "a character device");
  ExpectRefusedAs("/dev/zero", "a character device");
}

TEST(OpeningTest, RefusesASocketByName) {
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

TEST(OpeningTest, RefusesADeviceWithoutADriverAsWhatItIs) {
  const ScratchDirectory scratch;
  // Numbers for local use, which no driver claims.
  if (::mknod((scratch / "device").c_str(), S_IFCHR | 0600, makedev(60, 200)) != 0) {
    GTEST_SKIP() << "only root makes devices";
  }
  ExpectRefusedAs(scratch / "device", "a character device");
}

TEST(OpeningTest, SaysThatThereIsNoSuchFile) {
  const ScratchDirectory scratch;
  ExpectIoError(scratch / "absent.stone", "open failed", ENOENT);
  ExpectIoError("", "open failed", ENOENT);
  EXPECT_EQ(std::string(ErrorOfOpening(scratch / "absent.stone").what()),
            (scratch / "absent.stone").native() +
                ": open failed (No such file or directory); check the path");
}

TEST(OpeningTest, SaysThatASymlinkLeadsNowhere) {
  const ScratchDirectory scratch;
  fs::create_symlink("absent.stone", scratch / "latest");
  ExpectIoError(scratch / "latest", "open failed", ENOENT);
  fs::create_symlink("loop", scratch / "loop");
  ExpectIoError(scratch / "loop", "open failed", ELOOP);
}

TEST(OpeningTest, FollowsSymlinks) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  fs::create_symlink("model.stone", scratch / "latest");
  EXPECT_EQ(OpenRegularFile(scratch / "latest").size, 8u);
}

TEST(OpeningTest, RefusesANulInThePath) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model", "contents");
  const Error error = ErrorOfOpening(scratch / std::string("model\0.stone", 12));
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().problem, "the path holds a NUL byte, where the system would cut it off");
}

TEST(OpeningTest, OpensUnderAnyNameTheSystemAccepts) {
  for (const std::string& name : {std::string(255, 'x'), std::string("not utf-8 \xC3\x28.stone"),
                                  std::string(" with spaces "), std::string("a\nb")}) {
    const ScratchDirectory scratch;
    WriteWhole(scratch / name, "contents");
    EXPECT_EQ(OpenMapped(scratch / name, false)->size(), 8u);
    EXPECT_EQ(OpenPositioned(scratch / name)->size(), 8u);
  }
}

TEST(OpeningTest, DoesNotHandTheDescriptorToChildProcesses) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const OpenedFile file = OpenRegularFile(scratch / "model.stone");
  EXPECT_EQ(::fcntl(file.descriptor.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(OpeningTest, OpensOneFileManyTimes) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const auto first = OpenMapped(scratch / "model.stone", true);
  const auto second = OpenMapped(scratch / "model.stone", false);
  const auto third = OpenPositioned(scratch / "model.stone");
  EXPECT_NE(first->bytes().data(), second->bytes().data());
  EXPECT_EQ(third->size(), 8u);
}

}  // namespace
}  // namespace statestone::file
