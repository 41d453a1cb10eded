// The append protocol. A crash or an error at any point leaves what was there before at the start
// of the file, and either the new tail, or none: such a file is incomplete, and recovering it gives
// back what was there before.
//
//  1. Open for reading and appending: every write goes to the end, whoever moved it.
//  2. Lock, waiting or not. Look whether the path still names this file: a program that held the
//  lock
//     or saved over the path may have replaced it; then open the new one.
//  3. The caller reads the tail that is there now, not one it saw before the lock.
//  4. Append payload and index. Disk full, quota, a bad disk: cut the file back, report.
//  5. fsync: the tail must not reach the disk before what it speaks of.
//  6. Look again whether the path names this file: appending to a file that nobody will find is a
//     failure.
//  7. Append the tail and fsync. If either fails, cut back and report, never repeat.
#include "codec/file/append_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "codec/check/require.h"
#include "codec/file/file_system.h"
#include "codec/file/opening.h"

namespace statestone::file {
namespace {

// Somebody who replaces the file each time it is opened must not hold us for ever.
constexpr int kAttempts = 16;

// The file as it was when it was locked.
class BeforeSource final : public ByteSource {
 public:
  BeforeSource(std::shared_ptr<Descriptor> file, std::uint64_t size, std::string path)
      : file_(std::move(file)), size_(size), path_(std::move(path)) {}

  std::uint64_t size() const override { return size_; }

  void Read(std::uint64_t offset, std::span<std::byte> out) const override {
    RequireInside(offset, out.size(), size_, path_);
    ReadAll(file_->get(), offset, out, path_);
  }

 private:
  std::shared_ptr<Descriptor> file_;
  std::uint64_t size_;
  std::string path_;
};

std::uint64_t SizeToAppendTo(int fd, const std::string& path) {
  struct stat status = {};
  if (RetryInterrupted([&] { return FileSystem::Current().Fstat(fd, &status); }) != 0) {
    ThrowSystemError("fstat", errno, path);
  }
  Require(CheckSite::kAppendRegular, S_ISREG(status.st_mode), [&] {
    return Error(ErrorCode::kInvalidArgument, {.path = path,
                                               .problem = "only a regular file can be appended to",
                                               .expected = "a regular file",
                                               .found = std::string(KindOfFile(status.st_mode))});
  });
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

AppendFile::AppendFile(const std::filesystem::path& path, const LockWait& wait)
    : shown_(PathText(path)) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    OpenAndLock(wait);
    if (!IsStillThere()) continue;
    const std::uint64_t size = SizeToAppendTo(file_->get(), shown_);
    before_ = std::make_shared<BeforeSource>(file_, size, shown_);
    StartAt(size);
    state_ = State::kOpen;
    return;
  }
  ThrowSystemError("open", EBUSY, shown_, ": another program replaces it again and again");
}

AppendFile::~AppendFile() { Abandon(); }

void AppendFile::OpenAndLock(const LockWait& wait) {
  // O_NONBLOCK: a FIFO would wait for a reader.
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  FileSystem& system = FileSystem::Current();
  const int fd = RetryInterrupted([&] { return system.Open(shown_.c_str(), kFlags, 0); });
  if (fd < 0) ThrowSystemError("open", errno, shown_);
  file_ = std::make_shared<Descriptor>(fd);
  SizeToAppendTo(fd, shown_);
  Lock(fd, LOCK_EX, shown_, wait);
}

bool AppendFile::IsStillThere() const {
  FileSystem& system = FileSystem::Current();
  struct stat named = {};
  struct stat locked = {};
  if (RetryInterrupted([&] { return system.Stat(shown_.c_str(), &named); }) != 0) {
    if (errno == ENOENT) return false;
    ThrowSystemError("stat", errno, shown_);
  }
  if (RetryInterrupted([&] { return system.Fstat(file_->get(), &locked); }) != 0) {
    ThrowSystemError("fstat", errno, shown_);
  }
  return named.st_dev == locked.st_dev && named.st_ino == locked.st_ino;
}

void AppendFile::Commit(std::span<const std::byte> tail) {
  RequireOpen();
  try {
    FlushGathered();
    FileSystem& system = FileSystem::Current();
    if (system.Fsync(file_->get()) != 0) ThrowSystemError("fsync", errno, shown_);
    if (!IsStillThere()) {
      throw Error(ErrorCode::kIo,
                  {.path = shown_,
                   .problem = "another file took the path's place while this one was appended to",
                   .advice = "append again, to the new file",
                   .system_error = ESTALE});
    }
    if (SizeToAppendTo(file_->get(), shown_) != position()) {
      throw Error(ErrorCode::kIo, {.path = shown_,
                                   .problem = "another program wrote to the file without its lock",
                                   .advice = "append again when nothing else writes to it",
                                   .system_error = EBUSY});
    }
    WriteAll(file_->get(), tail, shown_);
    if (system.Fsync(file_->get()) != 0) ThrowSystemError("fsync", errno, shown_);
  } catch (...) {
    Abandon();
    throw;
  }
  state_ = State::kDone;
  Unlock();
}

void AppendFile::Truncate(std::uint64_t size) {
  RequireOpen();
  state_ = State::kFailed;
  FileSystem& system = FileSystem::Current();
  const auto truncate = [&] { return system.Ftruncate(file_->get(), static_cast<off_t>(size)); };
  if (RetryInterrupted(truncate) != 0) ThrowSystemError("ftruncate", errno, shown_);
  if (system.Fsync(file_->get()) != 0) ThrowSystemError("fsync", errno, shown_);
  state_ = State::kDone;
  Unlock();
}

int AppendFile::descriptor() const { return file_->get(); }

void AppendFile::RequireOpen() const {
  Require(CheckSite::kAppendOpen, state_ == State::kOpen, [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = shown_,
                  .problem = state_ == State::kDone ? "the append is finished already"
                                                    : "the append has failed already",
                  .advice = "start a new one"});
  });
}

bool AppendFile::Undo() noexcept {
  Abandon();
  return !cut_back_failed_;
}

void AppendFile::Abandon() noexcept {
  if (state_ != State::kOpen) return;
  state_ = State::kFailed;
  // What this did not write is not its to take away.
  if (has_written()) {
    FileSystem& system = FileSystem::Current();
    const auto size = static_cast<off_t>(before_->size());
    const auto truncate = [&] { return system.Ftruncate(file_->get(), size); };
    cut_back_failed_ = RetryInterrupted(truncate) != 0;
  }
  Unlock();
}

// Closing would do, but what was before may be read on through the same descriptor.
void AppendFile::Unlock() noexcept {
  static_cast<void>(
      RetryInterrupted([&] { return FileSystem::Current().Flock(file_->get(), LOCK_UN); }));
}

}  // namespace statestone::file
