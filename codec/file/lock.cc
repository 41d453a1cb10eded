#include "codec/file/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "codec/file/file_system.h"
#include "codec/file/opening.h"
#include "codec/pipeline/cancellation.h"

namespace statestone::file {
namespace {

// How often a lock that another program holds is tried for: often enough for people, too rarely to
// be noticed.
constexpr std::chrono::milliseconds kLockPause{20};

// About a second: what most appends take is not worth a word.
constexpr int kPausesBeforeAWord = 50;

}  // namespace

void Lock(int fd, int operation, const std::string& shown, const LockWait& wait) {
  for (int pauses = 0;; ++pauses) {
    const int result =
        RetryInterrupted([&] { return FileSystem::Current().Flock(fd, operation | LOCK_NB); });
    if (result == 0) return;
    if (errno != EWOULDBLOCK) ThrowSystemError("flock", errno, shown);
    if (!wait.wait) {
      throw Error(ErrorCode::kIo, {.path = shown,
                                   .problem = "another program is changing the file",
                                   .advice = "try again when it is done, or wait for it",
                                   .system_error = EWOULDBLOCK});
    }
    pipeline::ThrowIfStopped(wait.stop);
    if (pauses == kPausesBeforeAWord && wait.say) wait.say();
    std::this_thread::sleep_for(kLockPause);
  }
}

SharedLock::SharedLock(const std::filesystem::path& path, const LockWait& wait) {
  const std::string shown = PathText(path);
  // O_NONBLOCK: a FIFO would wait for a writer.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd =
      RetryInterrupted([&] { return FileSystem::Current().Open(shown.c_str(), kFlags, 0); });
  if (fd < 0) ThrowSystemError("open", errno, shown);
  file_ = Descriptor(fd);
  try {
    Lock(fd, LOCK_SH, shown, wait);
  } catch (const Error& error) {
    // Nobody who cannot lock it appends to it either.
    const int number = error.fields().system_error;
    if (number != ENOLCK && number != ENOTSUP && number != EBADF && number != EINVAL) throw;
  }
}

}  // namespace statestone::file
