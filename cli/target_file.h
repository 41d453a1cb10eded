// Where a command writes to: a file that appears whole or not at all, or standard output.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "cli/output.h"
#include "codec/file/atomic_file.h"
#include "statestone/error.h"

namespace statestone::cli {

/// \throws Error invalid_argument if there is a file at `path` and `force` is not given
void RequireFree(const std::string& path, bool force);

/// The error of a command that was stopped before it had written `path`; `existed`: there was a
/// file at `path` before.
Error CanceledError(const std::string& path, bool existed);

/// Bytes in order, then Commit. Without Commit no file appears.
class TargetFile {
 public:
  /// `path` "-" is `out`. \throws Error io, invalid_argument (also for bytes to a terminal)
  TargetFile(const std::string& path, bool force, Output& out);

  void Write(std::span<const std::byte> data);  ///< \throws Error io
  void Write(std::string_view text);            ///< \throws Error io
  void Commit();                                ///< \throws Error io

 private:
  Output& out_;
  std::unique_ptr<file::AtomicFile> file_;
};

}  // namespace statestone::cli
