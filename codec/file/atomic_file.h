// Replaces a file as a whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace statestone::file {

/// The save protocol: everything is written to a temporary file beside the target, which takes the
/// target's place only when it is complete and on disk. Not thread-safe.
class AtomicFile {
 public:
  /// Creates the temporary file in the target's directory. A symlink is followed once: the file it
  /// points to is replaced. The target is not touched.
  /// \throws Error io; invalid_argument when the target exists and is not a regular file
  explicit AtomicFile(const std::filesystem::path& target);

  /// Without Commit: removes the temporary file; the target is as it was.
  ~AtomicFile();

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Handles short writes and EINTR.
  /// \throws Error io, and the file can then only be destroyed
  void Write(std::span<const std::byte> data);

  /// Appends `count` zero bytes.
  void WriteZeros(std::uint64_t count);

  /// Bytes written so far.
  std::uint64_t position() const { return position_; }

  /// fsync, mode bits (the old file's, else 0666 less the umask), close, rename, fsync of the
  /// directory. A failed fsync is never retried. \throws Error io: the target is then as it was,
  /// except where only the last step, the directory's fsync, failed: the text says so.
  void Commit();

  const std::string& temporary_path() const { return temporary_; }

 private:
  std::string target_;     // after following a symlink
  std::string directory_;  // of target_
  std::string temporary_;
  std::string shown_;      // the path as the caller named it, for errors
  int fd_ = -1;
  std::uint64_t position_ = 0;
  bool committed_ = false;
};

}  // namespace statestone::file
