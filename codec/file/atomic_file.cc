// The save protocol. A crash or an error at any point leaves the old file or the new one.
//
//  1. Look at what the target is. Only a regular file, or nothing, goes on from here.
//  2. Follow symlinks to the path that will be replaced: rename would replace the link itself.
//  3. Open the directory: a save that could not be made durable fails before it costs anything.
//  4. Create the temporary file in that directory, where a rename cannot cross file systems, under
//     a random name and only if nothing has that name, so that no link laid out there is followed.
//     Over an old file it starts as 0600, since the old file may be private; else it starts with
//     the mode that it keeps, which the system takes from the umask or the directory's default ACL.
//  5. Append everything. Disk full, quota, a bad disk: unlink the temporary file, report.
//  6. Give it the old file's mode bits, before the fsync so that they are durable with the data.
//  7. fsync. If it fails, the system has dropped pages and marked them clean, so that another fsync
//     would succeed without the data: unlink and report, never repeat.
//  8. Close. Network file systems report a lack of space only here.
//  9. Rename over the target: readers see the old file or the new one, and maps keep the old one.
// 10. fsync the directory: until then a power failure may bring the old name back.
#include "codec/file/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <random>

#include "codec/check/require.h"
#include "codec/file/file_system.h"
#include "codec/file/symlink.h"
#include "codec/text/utf8.h"

namespace statestone::file {
namespace {

constexpr std::string_view kBesideIt = " for the temporary file beside it";

// Well under the smallest limit on names in use, 143 bytes (eCryptfs).
constexpr std::size_t kTemporaryNameBytes = 128;

// The start of `name`, not cut inside a character: some file systems refuse names that are not
// UTF-8.
std::string_view CutName(std::string_view name, std::size_t most) {
  if (name.size() <= most) return name;
  std::size_t end = 0;
  while (end < most) {
    const std::size_t size = std::max<std::size_t>(text::DecodeOne(name.substr(end)).size, 1);
    if (end + size > most) break;
    end += size;
  }
  return name.substr(0, end);
}

std::string TemporaryName(std::string_view target_name) {
  std::random_device random;
  std::array<char, 24> number;
  std::snprintf(number.data(), number.size(), ".%08x%08x.tmp", random(), random());
  const std::string_view ending(number.data());
  std::string name = ".";
  name += CutName(target_name, kTemporaryNameBytes - 1 - ending.size());
  name += ending;
  return name;
}

void RequireReplaceable(mode_t mode, const std::string& shown) {
  Require(CheckSite::kTargetRegular, S_ISREG(mode), [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = shown,
                  .problem = "only a regular file can be saved over",
                  .expected = "a regular file, or nothing yet",
                  .found = std::string(KindOfFile(mode)),
                  .advice = S_ISDIR(mode) ? "name a file inside the directory"
                                          : "save to a regular file and copy it from there"});
  });
}

void RequireFileName(const std::string& name, const std::string& shown) {
  Require(CheckSite::kTargetName, !name.empty() && name != "." && name != "..", [&] {
    return Error(ErrorCode::kInvalidArgument, {.path = shown,
                                               .problem = "the path does not name a file",
                                               .found = shown.empty() ? "an empty path" : "",
                                               .advice = "add the name of the file to save"});
  });
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target) : shown_(PathText(target)) {
  RequireFileName(NameOf(shown_), shown_);
  FileSystem& system = FileSystem::Current();
  struct stat status = {};
  if (RetryInterrupted([&] { return system.Stat(shown_.c_str(), &status); }) == 0) {
    RequireReplaceable(status.st_mode, shown_);
    old_mode_ = status.st_mode & 07777;
  } else if (errno != ENOENT) {
    ThrowSaveError("stat", errno);
  }
  target_ = FollowSymlinks(shown_, shown_);
  RequireFileName(NameOf(target_), shown_);

  const std::string directory = DirectoryOf(target_);
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const int fd = RetryInterrupted([&] { return system.Open(directory.c_str(), kFlags, 0); });
  if (fd < 0) ThrowSystemError("open", errno, shown_, " for the directory it is in");
  directory_ = Descriptor(fd);
  CreateTemporary();
}

AtomicFile::~AtomicFile() { Abandon(); }

void AtomicFile::CreateTemporary() {
  const std::string before = target_.substr(0, target_.size() - NameOf(target_).size());
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const mode_t mode = old_mode_ ? 0600 : 0666;
  constexpr int kAttempts = 16;  // two equal names among 2^64 do not happen by chance
  for (int attempt = 1;; ++attempt) {
    temporary_ = before + TemporaryName(NameOf(target_));
    const int fd = RetryInterrupted(
        [&] { return FileSystem::Current().Open(temporary_.c_str(), kFlags, mode); });
    if (fd >= 0) {
      file_ = Descriptor(fd);
      state_ = State::kOpen;
      return;
    }
    if (errno != EEXIST || attempt == kAttempts) {
      ThrowSystemError("open", errno, shown_, kBesideIt);
    }
  }
}

void AtomicFile::Commit() {
  RequireOpen();
  try {
    FlushGathered();
    SetMode();
    SyncAndRename();
  } catch (...) {
    Abandon();
    throw;
  }
  state_ = State::kCommitted;
  SyncDirectory();
}

void AtomicFile::SetMode() {
  if (!old_mode_) return;
  FileSystem& system = FileSystem::Current();
  struct stat status = {};
  if (RetryInterrupted([&] { return system.Fstat(file_.get(), &status); }) != 0) {
    ThrowSaveError("fstat", errno);
  }
  // File systems without modes of their own (FAT, some network ones) give every file the same and
  // refuse to change it.
  if ((status.st_mode & 07777) == *old_mode_) return;
  if (RetryInterrupted([&] { return system.Fchmod(file_.get(), *old_mode_); }) != 0) {
    ThrowSaveError("fchmod", errno);
  }
}

void AtomicFile::SyncAndRename() {
  FileSystem& system = FileSystem::Current();
  if (system.Fsync(file_.get()) != 0) ThrowSaveError("fsync", errno);
  if (const int number = file_.Close()) ThrowSaveError("close", number);
  if (system.Rename(temporary_.c_str(), target_.c_str()) != 0) ThrowSaveError("rename", errno);
}

void AtomicFile::SyncDirectory() {
  if (FileSystem::Current().FsyncDirectory(directory_.get()) == 0) return;
  // EINVAL, ENOTSUP: a file system that has no such thing (some network and FUSE ones).
  if (errno == EINVAL || errno == ENOTSUP) return;
  ErrorFields fields;
  fields.path = shown_;
  fields.problem = "fsync failed for the directory it is in: the new file is complete and in place";
  fields.advice = "until the system has written the directory, a power failure may undo the save";
  fields.system_error = errno;
  throw Error(ErrorCode::kIo, std::move(fields));
}

void AtomicFile::RequireOpen() const {
  Require(CheckSite::kSaveOpen, state_ == State::kOpen, [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = shown_,
                  .problem = state_ == State::kCommitted ? "the save is finished already"
                                                         : "the save has failed already",
                  .advice = "start a new save"});
  });
}

void AtomicFile::Abandon() noexcept {
  if (state_ != State::kOpen) return;
  state_ = State::kFailed;
  static_cast<void>(file_.Close());
  FileSystem& system = FileSystem::Current();
  // There is nobody to tell, and what it leaves behind is a hidden file, never a wrong target.
  static_cast<void>(RetryInterrupted([&] { return system.Unlink(temporary_.c_str()); }));
}

void AtomicFile::ThrowSaveError(std::string_view call, int number) const {
  ThrowSystemError(call, number, shown_);
}

}  // namespace statestone::file
