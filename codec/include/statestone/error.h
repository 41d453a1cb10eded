// The one exception type of Statestone and the closed list of its codes.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace statestone {

/// What went wrong, as a closed list; the spelling of `Name()` is stable and is what every
/// language and `--json` shows.
enum class ErrorCode : std::uint8_t {
  kNotStatestone,    ///< the magic is not ours; the text says what the file seems to be
  kIncomplete,       ///< ours, but it does not end in a valid tail: cut off, or being written
  kCorrupt,          ///< a checksum, a structure or a cross-check is wrong
  kUnsupported,      ///< newer version, unknown feature, reserved bits; on a read: coding or dtype
  kLimit,            ///< a limit of the format or of the caller (`max_bytes`) is exceeded
  kNotFound,         ///< no such entry, tensor or generation
  kMismatch,         ///< a restore that does not fit; carries the whole report
  kUnsafe,           ///< a pickle names a class or function that is not on the list
  kUnrepresentable,  ///< a value that the format or the target kind cannot hold
  kInvalidArgument,  ///< the caller's mistake
  kIo,               ///< the system said no: the call and errno
  kCanceled,         ///< the caller stopped it
};

/// The stable lower-case name of a code, such as "not_statestone".
std::string_view Name(ErrorCode code) noexcept;

/// The parts an error's text is made of. Every part may be left empty. Names that come from a file
/// go in as they are: the text escapes them, so that it is safe to print on a terminal.
struct ErrorFields {
  std::string path;                     ///< the file, as the caller named it
  std::string entry;                    ///< the entry or tensor, as a display path
  std::optional<std::uint64_t> chunk;   ///< index of the chunk in the file's chunk column
  std::optional<std::uint64_t> offset;  ///< byte offset in the file
  std::string problem;                  ///< what is wrong, a short clause: "checksum mismatch"
  std::string expected;                 ///< what should have been there
  std::string found;                    ///< what was there
  std::string advice;                   ///< what to do about it, one clause
  int system_error = 0;                 ///< errno of the failed call, 0 when there is none
};

/// Thrown by every part of Statestone, and nothing else is thrown on purpose (std::bad_alloc and
/// what a caller's own callback throws pass through). Copying is cheap enough to rethrow.
class Error : public std::exception {
 public:
  Error(ErrorCode code, ErrorFields fields);

  ErrorCode code() const noexcept { return code_; }
  const ErrorFields& fields() const noexcept { return fields_; }

  /// One line made from the fields:
  /// `model.stone: "blk.0.w": chunk 7 at offset 1048576: checksum mismatch (expected 0x.., found
  /// 0x..); the file is damaged, copy it again`
  const char* what() const noexcept override { return text_.c_str(); }

  /// The same error with `path` filled in where it was empty: inner rooms do not know the file.
  Error WithPath(std::string_view path) const;

  /// The same error with `entry` filled in where it was empty.
  Error WithEntry(std::string_view entry) const;

 private:
  ErrorCode code_;
  ErrorFields fields_;
  std::string text_;
};

}  // namespace statestone
