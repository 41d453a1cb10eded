// A file system of which the nth call of a kind fails, and the loop that tries every such failure.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "codec/file/file_system.h"
#include "statestone/error.h"

namespace statestone::faults {

/// The kinds of call of file::FileSystem.
enum class Call : std::uint8_t {
  kOpen,
  kStat,
  kFstat,
  kFstatfs,
  kReadlink,
  kPread,
  kWrite,
  kFtruncate,
  kFsync,
  kFsyncDirectory,
  kFchmod,
  kFlock,
  kRename,
  kUnlink,
  kClose,
  kMmap,
  kMunmap,
};
inline constexpr std::size_t kCalls = 17;

/// What errors call it: "pread"; "fsync" for both kinds of fsync.
std::string_view Name(Call call);

/// One failure: which call, which of them in order, and how.
struct Fault {
  static constexpr int kShortCount = 0;

  Call call = Call::kOpen;
  std::uint64_t nth = 1;  ///< from 1
  bool for_ever = false;  ///< every later call of the kind too
  int number = 0;         ///< errno; kShortCount: a read or write of half of what was asked

  bool is_short_count() const { return number == kShortCount; }
};

/// "write no. 3 for ever: No space left on device".
std::string Describe(const Fault& fault);

/// The system's file system but for one fault. close and munmap are done also when they fail, as
/// Linux does; nothing is really synced, which takes most of the time and which no test can see.
/// Thread-safe; but which call of several threads is the nth is theirs to know.
class FaultFileSystem : public file::FileSystem {
 public:
  /// Without a fault it only counts.
  FaultFileSystem() = default;
  explicit FaultFileSystem(const Fault& fault) : fault_(fault) {}

  /// Whether the fault has happened.
  bool fired() const { return fired_; }

  /// Calls of a kind so far, failed ones included.
  std::uint64_t count(Call call) const { return counts_[static_cast<std::size_t>(call)].load(); }

  int Open(const char* path, int flags, mode_t mode) override;
  int Stat(const char* path, struct stat* out) override;
  int Fstat(int fd, struct stat* out) override;
  int Fstatfs(int fd, struct statfs* out) override;
  ssize_t Readlink(const char* path, char* out, std::size_t size) override;
  ssize_t Pread(int fd, void* out, std::size_t size, off_t offset) override;
  ssize_t Write(int fd, const void* data, std::size_t size) override;
  int Ftruncate(int fd, off_t size) override;
  int Fsync(int fd) override;
  int FsyncDirectory(int fd) override;
  int Fchmod(int fd, mode_t mode) override;
  int Flock(int fd, int operation) override;
  int Rename(const char* from, const char* to) override;
  int Unlink(const char* path) override;
  int Close(int fd) override;
  void* Mmap(std::size_t size, int protection, int flags, int fd, off_t offset) override;
  int Munmap(void* address, std::size_t size) override;

 private:
  bool Fails(Call call);
  std::size_t Shortened(Call call, std::size_t size);
  bool IsDue(Call call);

  std::optional<Fault> fault_;
  std::array<std::atomic<std::uint64_t>, kCalls> counts_{};
  std::atomic<bool> fired_ = false;
};

/// What came of one run of a body under a fault.
struct FaultOutcome {
  Fault fault;
  std::optional<Error> error;  ///< nothing: the body went through in spite of the fault
};

/// How often each kind of call was made to fail.
using FaultTally = std::array<std::uint64_t, kCalls>;

/// For each kind of call, for each of EIO, ENOSPC, EDQUOT, EINTR and (for pread and write) a short
/// count, once and for ever, n = 1, 2, ...: runs `body` with the nth call failing and then `check`,
/// until n is more than the body makes. It fails the test itself where a body throws something that
/// is no Error io naming the failed call and its errno, or leaves a descriptor open. Body sets up
/// its files afresh, past the file layer, each time.
FaultTally ForEachFault(const std::function<void()>& body,
                        const std::function<void(const FaultOutcome&)>& check);

}  // namespace statestone::faults
