// Adds a generation to a .stone file, recovers one that was cut off, and shrinks one that grew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/options.h"
#include "statestone/reader.h"
#include "statestone/value.h"

namespace statestone {

struct AppendOptions {
  WriteOptions write = {};
  /// While another program changes the file: wait for it (`write.stop` ends that), or fail at once.
  bool wait = true;
  /// Called once when it has waited for about a second. May be empty.
  std::function<void()> on_wait = {};
};

struct AppendSummary {
  std::uint64_t generation = 0;  ///< the new one
  std::uint64_t file_bytes = 0;
  std::uint64_t added_bytes = 0;     ///< by which the file grew
  std::uint64_t chunks = 0;          ///< of the new generation
  std::uint64_t chunks_written = 0;  ///< the others stay where they were
};

/// Changes a file by adding to its end: what did not change is not written again, and earlier
/// generations stay in it and can be opened. Holds a lock on the file from Open to the end of its
/// life, so keep that short. Until Finish has returned, and if it throws, the file is as it was.
/// Other programs that read it meanwhile see what was there before, what is there after, or a file
/// that is `incomplete` for the moment. The same calls with the same bytes on the same file give
/// the same file. Not thread-safe. Memory: as a Writer, and about 250 bytes for each tensor of the
/// file.
class Appender {
 public:
  /// Locks the file and opens its last generation.
  /// \throws Error what Reader::Open throws; unsupported (it has a write feature that this version
  ///     lacks); io (not writable; another program changes it and `wait` is false); canceled
  static Appender Open(const std::filesystem::path& path, const AppendOptions& options = {});
  ~Appender();
  Appender(Appender&&) noexcept;
  Appender& operator=(Appender&&) noexcept;

  /// The file as it is. Numbers of its tensors and scopes are not those of new ones: see Keep.
  const Reader& before() const;

  // Changes of what is there. \throws Error not_found; invalid_argument (a name that is taken);
  // unrepresentable, limit (a name that cannot be one)
  void RemoveEntry(std::string_view name);
  void RenameEntry(std::string_view from, std::string to);
  /// `tensor`: of `before()`, with a name in its scope. Tied ones keep their ties. A name that is
  /// taken in the scope by then is found by Finish.
  void RenameTensor(TensorRef tensor, std::string name);

  // New tensors, as for a Checkpoint.
  ScopeRef AddScope();
  TensorRef AddTensor(ScopeRef scope, TensorSource tensor);
  TensorRef AddAnonymousTensor(TensorSource tensor);

  // What is in the file, for use in new entries: it is not written again. Changes of tensors that
  // are asked for later do not reach it.
  // A tensor alone is tied to the one in its model or dict, if that stays.
  ScopeRef Keep(ScopeRef scope);
  TensorRef Keep(TensorRef tensor);
  Value Keep(const Value& value);

  // Entries: a new one comes last, one of a name that is there takes its place.
  void PutValue(std::string name, Value value);
  void PutModel(std::string name, ModelSource model);
  void PutAttachment(std::string name, AttachmentSource attachment);

  /// All entries of a description, each as Put would; one with the empty name, the root of a file
  /// that is one dict of tensors, as `root_name`. `source` must stay until Finish returns.
  /// Returns the names that were put.
  std::vector<std::string> PutEntriesOf(const Checkpoint& source, const std::string& root_name);

  /// Writes the new generation and makes it durable. Once only.
  /// \throws Error as SaveCheckpoint; io also when another file took the path's place meanwhile
  AppendSummary Finish();

 private:
  struct State;
  explicit Appender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct RecoverReport {
  std::uint64_t generation = 0;  ///< the last complete one
  std::uint64_t file_bytes = 0;  ///< of the file as it was found
  std::uint64_t complete_bytes =
      0;  ///< up to the end of that generation; equal if nothing is behind
};

/// Finds the last complete generation of a file that was cut off while it was appended to, or
/// damaged behind it, and with `truncate` cuts the file there. Reader::Open with
/// ReadOptions::recover opens it without changing the file.
/// \throws Error not_statestone, corrupt, unsupported (the head); incomplete (no generation is
///     complete); io, canceled
RecoverReport RecoverFile(const std::filesystem::path& path, bool truncate,
                          const AppendOptions& options = {});

/// Writes a file anew with its last generation alone, in the place of the old one or elsewhere. The
/// content digest stays the same. As CopyCheckpoint, but for the lock on the file, which keeps
/// appending programs out meanwhile. Elsewhere needs no more than reading `path`.
/// \throws Error as Appender::Open and CopyCheckpoint
WriteSummary CompactFile(const std::filesystem::path& path, const std::filesystem::path& target,
                         const AppendOptions& options = {});

}  // namespace statestone
