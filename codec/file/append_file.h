// Adds to the end of a file, wholly or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "codec/file/byte_source.h"
#include "codec/file/lock.h"
#include "codec/file/output.h"
#include "codec/file/system_call.h"

namespace statestone::file {

/// The append protocol: what is appended counts only once its last bytes, a tail, are on disk
/// behind everything else; the steps are in append_file.cc. Holds an exclusive lock (flock) on the
/// file for its lifetime: whoever saves over the path meanwhile, without a lock, wins. Not
/// thread-safe.
class AppendFile final : public Output {
 public:
  /// Opens and locks the file.
  /// \throws Error io (no such file, not writable; EWOULDBLOCK: another program has it locked),
  ///     invalid_argument (not a regular file), canceled
  AppendFile(const std::filesystem::path& path, const LockWait& wait);

  /// Without Commit: cuts the file back to what it was.
  ~AppendFile() override;

  /// What the file held when it was locked. May outlive this.
  std::shared_ptr<ByteSource> before() const { return before_; }

  /// Makes everything written durable, then writes `tail` and makes that durable. A failed fsync is
  /// never retried. \throws Error io, also when another file has taken the path's place meanwhile,
  ///     or somebody wrote to this one. The file is then cut back to what it was: see Undo.
  void Commit(std::span<const std::byte> tail);

  /// Takes back what was written, instead of Commit or after it failed. False where that is not
  /// possible: the file may then be incomplete.
  bool Undo() noexcept;

  /// Cuts the file to `size` bytes, at most what it had, and makes that durable. Instead of Commit.
  /// \throws Error io
  void Truncate(std::uint64_t size);

 private:
  enum class State { kOpen, kFailed, kDone };

  void OpenAndLock(const LockWait& wait);
  bool IsStillThere() const;
  void Unlock() noexcept;
  int descriptor() const override;
  const std::string& shown() const override { return shown_; }
  void RequireOpen() const override;
  void Abandon() noexcept override;

  std::string shown_;
  std::shared_ptr<Descriptor> file_;  // shared with before_
  std::shared_ptr<ByteSource> before_;
  bool cut_back_failed_ = false;
  State state_ = State::kFailed;
};

}  // namespace statestone::file
