#include "cli/target_file.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace statestone::cli {

void RequireFree(const std::string& path, bool force) {
  std::error_code error;
  if (force || !std::filesystem::exists(path, error)) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      {.path = path, .problem = "there is a file of this name", .advice = "--force replaces it"});
}

Error CanceledError(const std::string& path, bool existed) {
  return {ErrorCode::kCanceled,
          {.problem = "canceled",
           .advice = path + (existed ? " was left as it was, the temporary file is removed"
                                     : " was not made, the temporary file is removed")}};
}

TargetFile::TargetFile(const std::string& path, bool force, Output& out) : out_(out) {
  if (path == "-") {
    if (::isatty(out.fd()) == 1) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.path = "standard output",
                   .problem = "it is a terminal, and these are raw bytes",
                   .advice = "name a file, or pipe them into a program"});
    }
    return;
  }
  RequireFree(path, force);
  file_ = std::make_unique<file::AtomicFile>(path);
}

void TargetFile::Write(std::span<const std::byte> data) {
  if (file_) {
    file_->Write(data);
  } else {
    out_.WriteBytes(data);
  }
}

void TargetFile::Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }

void TargetFile::Commit() {
  if (file_) file_->Commit();
}

}  // namespace statestone::cli
