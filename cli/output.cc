#include "cli/output.h"

#include <cerrno>
#include <csignal>

#include "codec/file/system_call.h"
#include "statestone/error.h"

namespace statestone::cli {
namespace {

constexpr std::size_t kPiece = 64 << 10;

void WriteAllTo(int fd, std::span<const std::byte> data) {
  try {
    file::WriteAll(fd, data, "standard output");
  } catch (const Error& error) {
    if (error.fields().system_error == EPIPE) {
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    throw;
  }
}

}  // namespace

void Output::Write(std::string_view text) {
  gathered_ += text;
  if (gathered_.size() >= kPiece) Flush();
}

void Output::WriteBytes(std::span<const std::byte> data) {
  Flush();
  WriteAllTo(fd_, data);
}

void Output::Flush() {
  if (gathered_.empty()) return;
  const std::string text = std::move(gathered_);
  gathered_.clear();
  WriteAllTo(fd_, std::as_bytes(std::span(text)));
}

}  // namespace statestone::cli
