#include "tests/faults/fault_file_system.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "tests/faults/scratch_directory.h"

namespace statestone::faults {
namespace {

constexpr std::array<std::string_view, kCalls> kNames = {
    "open",  "stat",   "fstat", "fstatfs", "readlink", "pread", "write", "ftruncate", "fsync",
    "fsync", "fchmod", "flock", "rename",  "unlink",   "close", "mmap",  "munmap"};

// What is true of every body, whatever it does.
void CheckAlways(const FaultOutcome& outcome) {
  if (!outcome.error) return;
  const ErrorFields& fields = outcome.error->fields();
  EXPECT_EQ(outcome.error->code(), ErrorCode::kIo) << outcome.error->what();
  EXPECT_TRUE(fields.problem.starts_with(std::string(Name(outcome.fault.call)) + " failed"))
      << outcome.error->what();
  EXPECT_EQ(fields.system_error, outcome.fault.number) << outcome.error->what();
  EXPECT_FALSE(fields.path.empty()) << outcome.error->what();
}

// Whether the fault happened: when it did not, there is no later call to try.
bool RunOnce(const Fault& fault, const std::function<void()>& body,
             const std::function<void(const FaultOutcome&)>& check) {
  SCOPED_TRACE(Describe(fault));
  FaultOutcome outcome{fault, std::nullopt};
  FaultFileSystem system(fault);
  const std::size_t descriptors = OpenDescriptors();
  {
    const file::ScopedFileSystem scope(system);
    try {
      body();
    } catch (const Error& error) {
      outcome.error = error;
    } catch (const std::exception& error) {
      ADD_FAILURE() << "not an Error: " << error.what();
    }
  }
  if (!system.fired()) {
    EXPECT_FALSE(outcome.error) << "without any fault: " << outcome.error->what();
    return false;
  }
  EXPECT_EQ(OpenDescriptors(), descriptors);
  CheckAlways(outcome);
  check(outcome);
  return true;
}

}  // namespace

std::string_view Name(Call call) { return kNames[static_cast<std::size_t>(call)]; }

std::string Describe(const Fault& fault) {
  return std::string(Name(fault.call)) + " no. " + std::to_string(fault.nth) +
         (fault.for_ever ? " for ever: " : ": ") +
         (fault.is_short_count() ? "short count" : std::generic_category().message(fault.number));
}

bool FaultFileSystem::IsDue(Call call) {
  const std::uint64_t count = ++counts_[static_cast<std::size_t>(call)];
  if (!fault_ || fault_->call != call) return false;
  if (fault_->for_ever ? count < fault_->nth : count != fault_->nth) return false;
  fired_ = true;
  return true;
}

bool FaultFileSystem::Fails(Call call) {
  if (!IsDue(call) || fault_->is_short_count()) return false;
  errno = fault_->number;
  return true;
}

// The size to move, or 0 for a call that fails.
std::size_t FaultFileSystem::Shortened(Call call, std::size_t size) {
  if (!IsDue(call)) return size;
  if (fault_->is_short_count()) return std::max<std::size_t>(size / 2, 1);
  errno = fault_->number;
  return 0;
}

int FaultFileSystem::Open(const char* path, int flags, mode_t mode) {
  return Fails(Call::kOpen) ? -1 : FileSystem::Open(path, flags, mode);
}

int FaultFileSystem::Stat(const char* path, struct stat* out) {
  return Fails(Call::kStat) ? -1 : FileSystem::Stat(path, out);
}

int FaultFileSystem::Fstat(int fd, struct stat* out) {
  return Fails(Call::kFstat) ? -1 : FileSystem::Fstat(fd, out);
}

int FaultFileSystem::Fstatfs(int fd, struct statfs* out) {
  return Fails(Call::kFstatfs) ? -1 : FileSystem::Fstatfs(fd, out);
}

ssize_t FaultFileSystem::Readlink(const char* path, char* out, std::size_t size) {
  return Fails(Call::kReadlink) ? -1 : FileSystem::Readlink(path, out, size);
}

ssize_t FaultFileSystem::Pread(int fd, void* out, std::size_t size, off_t offset) {
  const std::size_t granted = Shortened(Call::kPread, size);
  return granted == 0 && size != 0 ? -1 : FileSystem::Pread(fd, out, granted, offset);
}

ssize_t FaultFileSystem::Write(int fd, const void* data, std::size_t size) {
  const std::size_t granted = Shortened(Call::kWrite, size);
  return granted == 0 && size != 0 ? -1 : FileSystem::Write(fd, data, granted);
}

int FaultFileSystem::Ftruncate(int fd, off_t size) {
  return Fails(Call::kFtruncate) ? -1 : FileSystem::Ftruncate(fd, size);
}

int FaultFileSystem::Fsync(int /*fd*/) { return Fails(Call::kFsync) ? -1 : 0; }

int FaultFileSystem::FsyncDirectory(int /*fd*/) { return Fails(Call::kFsyncDirectory) ? -1 : 0; }

int FaultFileSystem::Fchmod(int fd, mode_t mode) {
  return Fails(Call::kFchmod) ? -1 : FileSystem::Fchmod(fd, mode);
}

int FaultFileSystem::Flock(int fd, int operation) {
  return Fails(Call::kFlock) ? -1 : FileSystem::Flock(fd, operation);
}

int FaultFileSystem::Rename(const char* from, const char* to) {
  return Fails(Call::kRename) ? -1 : FileSystem::Rename(from, to);
}

int FaultFileSystem::Unlink(const char* path) {
  return Fails(Call::kUnlink) ? -1 : FileSystem::Unlink(path);
}

int FaultFileSystem::Close(int fd) {
  const int result = FileSystem::Close(fd);
  return Fails(Call::kClose) ? -1 : result;
}

void* FaultFileSystem::Mmap(std::size_t size, int protection, int flags, int fd, off_t offset) {
  return Fails(Call::kMmap) ? MAP_FAILED : FileSystem::Mmap(size, protection, flags, fd, offset);
}

int FaultFileSystem::Munmap(void* address, std::size_t size) {
  const int result = FileSystem::Munmap(address, size);
  return Fails(Call::kMunmap) ? -1 : result;
}

FaultTally ForEachFault(const std::function<void()>& body,
                        const std::function<void(const FaultOutcome&)>& check) {
  FaultTally tally{};
  for (std::size_t kind = 0; kind < kCalls; ++kind) {
    const Call call = static_cast<Call>(kind);
    const bool moves_bytes = call == Call::kPread || call == Call::kWrite;
    for (const int number : {EIO, ENOSPC, EDQUOT, EINTR, Fault::kShortCount}) {
      if (number == Fault::kShortCount && !moves_bytes) continue;
      for (const bool for_ever : {false, true}) {
        std::uint64_t nth = 1;
        while (RunOnce({call, nth, for_ever, number}, body, check)) {
          ++tally[kind];
          if (testing::Test::HasFatalFailure()) return tally;
          ++nth;
        }
      }
    }
  }
  return tally;
}

}  // namespace statestone::faults
