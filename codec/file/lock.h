// Locks on whole files, which keep programs that append out of each other's way.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "codec/file/system_call.h"

namespace statestone::file {

/// What to do while another program holds the lock.
struct LockWait {
  bool wait = true;           ///< false: fail at once
  std::stop_token stop;       ///< ends the waiting
  std::function<void()> say;  ///< called once, after about a second of waiting; may be empty
};

/// Takes `operation`, LOCK_EX or LOCK_SH of flock, on an open file. `shown` is for errors.
/// \throws Error io (EWOULDBLOCK: another program has it and `wait` is false), canceled
void Lock(int fd, int operation, const std::string& shown, const LockWait& wait);

/// Keeps programs that append to a file out while it lives; any number may hold one. Asks for no
/// more than reading the file; where the file system has no locks, there is none.
class SharedLock {
 public:
  /// \throws Error as Lock; io (no such file, not readable)
  SharedLock(const std::filesystem::path& path, const LockWait& wait);

 private:
  Descriptor file_;
};

}  // namespace statestone::file
