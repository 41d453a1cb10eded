#include "codec/file/symlink.h"

#include <array>
#include <cerrno>
#include <climits>

#include "codec/file/file_system.h"
#include "codec/file/system_call.h"

namespace statestone::file {

std::string FollowSymlinks(std::string path, const std::string& shown) {
  // Linux itself gives up after this many.
  constexpr int kMostLinks = 40;
  std::array<char, PATH_MAX> pointed;
  for (int links = 0; links <= kMostLinks; ++links) {
    const ssize_t size = RetryInterrupted([&] {
      return FileSystem::Current().Readlink(path.c_str(), pointed.data(), pointed.size());
    });
    // EINVAL: something that is no symlink. ENOENT: nothing yet, and so the place to create it.
    if (size < 0 && (errno == EINVAL || errno == ENOENT)) return path;
    if (size < 0) ThrowSystemError("readlink", errno, shown);
    const std::string next(pointed.data(), static_cast<std::size_t>(size));
    std::string beside = next.starts_with('/') ? std::string() : DirectoryOf(path);
    if (!beside.empty()) beside += '/';
    path = beside.append(next);
  }
  ThrowSystemError("readlink", ELOOP, shown);
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace statestone::file
