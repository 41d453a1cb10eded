#include "codec/file/system_call.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "codec/file/file_system.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ErrorOf;

TEST(RetryInterruptedTest, MakesTheCallAgainUntilItIsNotInterrupted) {
  int calls = 0;
  const int result = RetryInterrupted([&] {
    errno = EINTR;
    return ++calls < 5 ? -1 : 7;
  });
  EXPECT_EQ(result, 7);
  EXPECT_EQ(calls, 5);
}

TEST(RetryInterruptedTest, DoesNotRepeatOtherErrors) {
  int calls = 0;
  const int result = RetryInterrupted([&] {
    ++calls;
    errno = EIO;
    return -1;
  });
  EXPECT_EQ(result, -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(calls, 1);
}

TEST(RetryInterruptedTest, GivesUpOnACallThatIsAlwaysInterrupted) {
  int calls = 0;
  const int result = RetryInterrupted([&] {
    ++calls;
    errno = EINTR;
    return -1;
  });
  EXPECT_EQ(result, -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(calls, 1000);
}

// Counts the sizes asked for and moves nothing, so that the memory is never touched.
class SizeRecorder final : public FileSystem {
 public:
  ssize_t Write(int /*fd*/, const void* /*data*/, std::size_t size) override {
    sizes.push_back(size);
    return static_cast<ssize_t>(size);
  }
  ssize_t Pread(int /*fd*/, void* /*out*/, std::size_t size, off_t offset) override {
    sizes.push_back(size);
    offsets.push_back(offset);
    return static_cast<ssize_t>(size);
  }
  std::vector<std::size_t> sizes;
  std::vector<off_t> offsets;
};

// Addresses without memory behind them.
class ReservedAddresses {
 public:
  explicit ReservedAddresses(std::size_t size)
      : size_(size),
        address_(
            ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~ReservedAddresses() { ::munmap(address_, size_); }
  ReservedAddresses(const ReservedAddresses&) = delete;
  ReservedAddresses& operator=(const ReservedAddresses&) = delete;

  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(address_), size_}; }

 private:
  std::size_t size_;
  void* address_;
};

constexpr std::size_t kGiB = std::size_t{1} << 30;

TEST(TransferTest, AsksForAtMostOneGibibyteAtOnce) {
  const ReservedAddresses memory(2 * kGiB + 5);
  ASSERT_NE(memory.bytes().data(), MAP_FAILED);
  SizeRecorder recorder;
  const ScopedFileSystem scope(recorder);
  WriteAll(3, memory.bytes(), "model.stone");
  EXPECT_EQ(recorder.sizes, (std::vector<std::size_t>{kGiB, kGiB, 5}));
  recorder.sizes.clear();
  ReadAll(3, 100, memory.bytes(), "model.stone");
  EXPECT_EQ(recorder.sizes, (std::vector<std::size_t>{kGiB, kGiB, 5}));
  EXPECT_EQ(recorder.offsets, (std::vector<off_t>{100, 100 + kGiB, 100 + 2 * kGiB}));
}

TEST(TransferTest, ReportsAWriteThatMovesNothingInsteadOfRepeatingIt) {
  struct Stuck final : FileSystem {
    ssize_t Write(int, const void*, std::size_t) override { return 0; }
  } stuck;
  const ScopedFileSystem scope(stuck);
  const Error error = ErrorOf([] { WriteAll(3, faults::ToBytes("abc"), "model.stone"); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "write failed");
  EXPECT_EQ(error.fields().system_error, EIO);
}

TEST(TransferTest, ReadsByteByByteFromASystemThatGivesNoMore) {
  struct Slow final : FileSystem {
    ssize_t Pread(int fd, void* out, std::size_t size, off_t offset) override {
      return FileSystem::Pread(fd, out, std::min<std::size_t>(size, 1), offset);
    }
  } slow;
  const faults::ScratchDirectory scratch;
  faults::WriteWhole(scratch / "model.stone", "0123456789");
  const ScopedFileSystem scope(slow);
  const Descriptor file(::open((scratch / "model.stone").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(5, '?');
  ReadAll(file.get(), 3, std::as_writable_bytes(std::span(text)), "model.stone");
  EXPECT_EQ(text, "34567");
}

TEST(DescriptorTest, ClosesItsFileOnceWhoeverHoldsIt) {
  const std::size_t before = faults::OpenDescriptors();
  {
    Descriptor first(::dup(0));
    EXPECT_EQ(faults::OpenDescriptors(), before + 1);
    Descriptor second(std::move(first));
    EXPECT_EQ(faults::OpenDescriptors(), before + 1);
    Descriptor third(::dup(0));
    third = std::move(second);
    EXPECT_EQ(faults::OpenDescriptors(), before + 1);
    EXPECT_EQ(third.Close(), 0);
    EXPECT_EQ(faults::OpenDescriptors(), before);
    EXPECT_EQ(third.Close(), 0);
  }
  EXPECT_EQ(faults::OpenDescriptors(), before);
}

TEST(DescriptorTest, ReportsAFailedCloseAndTakesAnInterruptedOneAsDone) {
  struct Failing final : FileSystem {
    int Close(int) override { return errno = number, -1; }
    int number = EIO;
  } failing;
  const ScopedFileSystem scope(failing);
  EXPECT_EQ(Descriptor(1000).Close(), EIO);
  failing.number = EINTR;
  EXPECT_EQ(Descriptor(1000).Close(), 0);
}

TEST(KindOfFileTest, HasAWordForEveryKind) {
  EXPECT_EQ(KindOfFile(S_IFREG | 0644), "a regular file");
  EXPECT_EQ(KindOfFile(S_IFDIR | 0755), "a directory");
  EXPECT_EQ(KindOfFile(S_IFIFO), "a FIFO (named pipe)");
  EXPECT_EQ(KindOfFile(S_IFSOCK), "a socket");
  EXPECT_EQ(KindOfFile(S_IFCHR), "a character device");
  EXPECT_EQ(KindOfFile(S_IFBLK), "a block device");
  EXPECT_EQ(KindOfFile(0), "not a regular file");
}

TEST(ThrowSystemErrorTest, AdvisesOnWhatPeopleCanChange) {
  for (const int number : {ENOENT, ENOTDIR, EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EFBIG, EMFILE,
                           ENFILE, ENAMETOOLONG, ELOOP, EIO, ENOMEM}) {
    const Error error = ErrorOf([&] { ThrowSystemError("write", number, "model.stone"); });
    EXPECT_FALSE(error.fields().advice.empty()) << number;
    EXPECT_EQ(error.fields().system_error, number);
  }
  const Error error = ErrorOf([&] { ThrowSystemError("mmap", ENODEV, "m.stone", " here"); });
  EXPECT_STREQ(error.what(), "m.stone: mmap failed here (No such device)");
  EXPECT_EQ(ErrorOf([&] { ThrowSystemError("write", EDQUOT, "m.stone"); }).fields().advice,
            "the disk quota is used up: free space or use another place");
}

}  // namespace
}  // namespace statestone::file
