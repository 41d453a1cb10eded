#include "codec/file/system_call.h"

#include <sys/stat.h>

#include <algorithm>

#include "codec/check/require.h"
#include "codec/file/file_system.h"

namespace statestone::file {
namespace {

std::string AdviceFor(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and of its directory";
    case EROFS:
      return "the file system is read-only, use another place";
    case ENOSPC:
      return "free space on the disk or use another place";
    case EDQUOT:
      return "the disk quota is used up: free space or use another place";
    case EFBIG:
      return "the file is larger than the file system or `ulimit -f` permits";
    case EMFILE:
    case ENFILE:
      return "close files or raise the limit on open ones (`ulimit -n`)";
    case ENAMETOOLONG:
      return "use a shorter path";
    case ELOOP:
      return "the symlinks of the path form a loop or a very long chain";
    case EIO:
      return "the disk or its connection is at fault, check the system's log";
    case ENOMEM:
      return "free memory, or raise the limit on address space (`ulimit -v`)";
    default:
      return {};
  }
}

}  // namespace

void ThrowSystemError(std::string_view call, int number, const std::string& path,
                      std::string_view where) {
  ErrorFields fields;
  fields.path = path;
  fields.problem = std::string(call) + " failed" + std::string(where);
  fields.advice = AdviceFor(number);
  fields.system_error = number;
  throw Error(ErrorCode::kIo, std::move(fields));
}

std::string_view KindOfFile(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO (named pipe)";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  return "not a regular file";
}

std::string PathText(const std::filesystem::path& path) {
  Require(CheckSite::kPathNul, path.native().find('\0') == std::string::npos, [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = path.native(),
                  .problem = "the path holds a NUL byte, where the system would cut it off",
                  .advice = "pass a path without NUL bytes"});
  });
  return path.native();
}

void ReadAll(int fd, std::uint64_t offset, std::span<std::byte> out, const std::string& path) {
  FileSystem& system = FileSystem::Current();
  std::uint64_t at = offset;
  while (!out.empty()) {
    const std::size_t size = std::min(out.size(), kMostBytesPerCall);
    const ssize_t got = RetryInterrupted(
        [&] { return system.Pread(fd, out.data(), size, static_cast<off_t>(at)); });
    if (got < 0) ThrowSystemError("pread", errno, path);
    if (got == 0) {
      Require(CheckSite::kSourceShorter, false, [&] {
        return Error(ErrorCode::kIncomplete,
                     {.path = path,
                      .offset = at,
                      .problem = "the file became shorter while it was read",
                      .expected = std::to_string(out.size()) + " more bytes",
                      .found = "the end of the file",
                      .advice = "do not change a file in place while it is read"});
      });
      return;
    }
    at += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void WriteAll(int fd, std::span<const std::byte> data, const std::string& path) {
  FileSystem& system = FileSystem::Current();
  while (!data.empty()) {
    const std::size_t size = std::min(data.size(), kMostBytesPerCall);
    const ssize_t put = RetryInterrupted([&] { return system.Write(fd, data.data(), size); });
    if (put < 0) ThrowSystemError("write", errno, path);
    // No regular file does this; asking again could go on for ever.
    if (put == 0) ThrowSystemError("write", EIO, path);
    data = data.subspan(static_cast<std::size_t>(put));
  }
}

int Descriptor::Close() {
  if (fd_ < 0) return 0;
  const int result = FileSystem::Current().Close(std::exchange(fd_, -1));
  return result == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace statestone::file
