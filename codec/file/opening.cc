#include "codec/file/opening.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/file/file_system.h"

namespace statestone::file {
namespace {

void RequireRegular(mode_t mode, const std::string& path) {
  Require(CheckSite::kSourceRegular, S_ISREG(mode), [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = path,
                  .problem = "only a regular file can be read",
                  .expected = "a regular file",
                  .found = std::string(KindOfFile(mode)),
                  .advice = S_ISDIR(mode) ? "name a file inside the directory"
                                          : "copy its contents to a regular file first"});
  });
}

}  // namespace

OpenedFile OpenRegularFile(const std::filesystem::path& path) {
  OpenedFile opened;
  opened.path = PathText(path);
  FileSystem& system = FileSystem::Current();
  // O_NONBLOCK: a FIFO would wait for a writer. O_NOCTTY: a terminal would become ours.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  struct stat status = {};
  const int fd = RetryInterrupted([&] { return system.Open(opened.path.c_str(), kFlags, 0); });
  if (fd < 0) {
    const int number = errno;
    // Sockets and absent devices cannot even be opened, with errors that say nothing to people.
    if ((number == ENXIO || number == ENODEV || number == EOPNOTSUPP) &&
        system.Stat(opened.path.c_str(), &status) == 0) {
      RequireRegular(status.st_mode, opened.path);
    }
    ThrowSystemError("open", number, opened.path);
  }
  opened.descriptor = Descriptor(fd);
  if (RetryInterrupted([&] { return system.Fstat(fd, &status); }) != 0) {
    ThrowSystemError("fstat", errno, opened.path);
  }
  RequireRegular(status.st_mode, opened.path);
  opened.size = static_cast<std::uint64_t>(status.st_size);
  return opened;
}

void RequireInside(std::uint64_t offset, std::uint64_t count, std::uint64_t size,
                   const std::string& path) {
  Require(CheckSite::kSourceRange, bytes::RangeFits(offset, count, size), [&] {
    return Error(ErrorCode::kInvalidArgument,
                 {.path = path,
                  .offset = offset,
                  .problem = "a read of " + std::to_string(count) + " bytes beyond the end",
                  .expected = "a range inside " + std::to_string(size) + " bytes"});
  });
}

}  // namespace statestone::file
