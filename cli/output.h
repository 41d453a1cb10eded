// Standard output, with every write checked.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace statestone::cli {

/// Gathers text and writes it in large pieces. When the reader of a pipe has gone (`| head`), the
/// process ends by SIGPIPE, as programs do that never looked; every other failure is an Error.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  /// \throws Error io
  void Write(std::string_view text);
  void WriteBytes(std::span<const std::byte> data);

  /// What is not flushed when the program ends is lost. \throws Error io
  void Flush();

  int fd() const { return fd_; }

 private:
  int fd_;
  std::string gathered_;
};

}  // namespace statestone::cli
