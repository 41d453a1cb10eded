#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#endif

#include "codec/file/atomic_file.h"
#include "codec/file/file_system.h"
#include "tests/faults/child_process.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ErrorOf;
using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;
using Names = std::vector<std::string>;

// What is written to files opened for writing goes to /dev/full, where the kernel says ENOSPC.
class FullDisk final : public FileSystem {
 public:
  FullDisk() : full_(::open("/dev/full", O_WRONLY | O_CLOEXEC)) {}
  ~FullDisk() override { ::close(full_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

  ssize_t Write(int /*fd*/, const void* data, std::size_t size) override {
    return FileSystem::Write(full_, data, size);
  }

 private:
  int full_;
};

TEST(FullDiskTest, LeavesTheOldFileWhenTheDiskIsFull) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  FullDisk full;
  const ScopedFileSystem scope(full);
  for (const std::size_t size : {std::size_t{1}, std::size_t{4} << 20}) {
    const Error error = ErrorOf([&] {
      AtomicFile file(scratch / "model.stone");
      file.Write(ToBytes(std::string(size, 'n')));
      file.Commit();
    });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.fields().problem, "write failed");
    EXPECT_EQ(error.fields().system_error, ENOSPC);
    EXPECT_EQ(error.fields().advice, "free space on the disk or use another place");
    EXPECT_EQ(error.fields().path, (scratch / "model.stone").native());
    EXPECT_EQ(ReadWhole(scratch / "model.stone"), "old");
    EXPECT_EQ(scratch.Names(), Names{"model.stone"});
  }
}

#ifdef __linux__

constexpr const char* kNotPermitted = "mounting is not permitted";

// On a file system of 64 KiB, in a mount namespace that ends with the child.
std::string SaveOnASmallDisk(const ScratchDirectory& scratch) {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", scratch.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    return kNotPermitted;
  }
  WriteWhole(scratch / "model.stone", "old");
  std::string text;
  try {
    AtomicFile file(scratch / "model.stone");
    for (int i = 0; i < 100; ++i) file.Write(ToBytes(std::string(1 << 20, 'n')));
    file.Commit();
    text = "no error";
  } catch (const Error& error) {
    text = std::string(Name(error.code())) + ", " + error.fields().problem + ", " +
           error.fields().advice;
  }
  text += ", " + ReadWhole(scratch / "model.stone") + ", " +
          std::to_string(scratch.Names().size()) + " file";
  // The space is free again: a smaller save goes through.
  AtomicFile file(scratch / "model.stone");
  file.Write(ToBytes("small"));
  file.Commit();
  return text + ", then " + ReadWhole(scratch / "model.stone");
}

TEST(FullDiskTest, LeavesTheOldFileOnARealDiskThatIsFull) {
  const ScratchDirectory scratch;
  const std::string text = faults::InChild([&] { return SaveOnASmallDisk(scratch); });
  if (text == kNotPermitted) GTEST_SKIP() << text;
  EXPECT_EQ(text,
            "io, write failed, free space on the disk or use another place, old, 1 file, "
            "then small");
}

#endif

}  // namespace
}  // namespace statestone::file
