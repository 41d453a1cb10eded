// Replaces a file as a whole or not at all.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "codec/file/output.h"
#include "codec/file/system_call.h"

namespace statestone::file {

/// The save protocol: everything is written to a temporary file beside the target, which takes the
/// target's place only when it is complete and on disk; the steps are in atomic_file.cc. Not
/// thread-safe.
class AtomicFile final : public Output {
 public:
  /// Creates the temporary file in the target's directory. Symlinks are followed to their end: the
  /// file they point to is replaced, or created when there is none. The target is not touched.
  /// \throws Error io; invalid_argument when the target is not the name of a file, or exists and is
  ///     not a regular file
  explicit AtomicFile(const std::filesystem::path& target);

  /// Without Commit: removes the temporary file; the target is as it was.
  ~AtomicFile() override;

  /// Puts the file in the target's place, with the mode bits of the file it replaces, or else 0666
  /// less the umask. A failed fsync is never retried. \throws Error io: the target is then as it
  /// was, except where only the last step, the directory's fsync, failed: the text says so.
  void Commit();

  /// Where the bytes are until Commit.
  const std::string& temporary_path() const { return temporary_; }

 private:
  enum class State { kOpen, kFailed, kCommitted };

  void CreateTemporary();
  void SetMode();
  void SyncAndRename();
  void SyncDirectory();
  int descriptor() const override { return file_.get(); }
  const std::string& shown() const override { return shown_; }
  void RequireOpen() const override;
  void Abandon() noexcept override;
  [[noreturn]] void ThrowSaveError(std::string_view call, int number) const;

  std::string shown_;               // the target as the caller named it, for errors
  std::string target_;              // after following symlinks
  std::string temporary_;           // beside target_
  std::optional<mode_t> old_mode_;  // permission bits of the file that is replaced
  Descriptor directory_;
  Descriptor file_;
  State state_ = State::kFailed;
};

}  // namespace statestone::file
