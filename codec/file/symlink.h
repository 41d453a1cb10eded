// Where a symlink leads, also when there is nothing there yet.
#pragma once

#include <string>

namespace statestone::file {

/// The path that `path` stands for once its last component is no symlink any more. Nothing needs to
/// exist there: saving through a dangling symlink creates the file it points to. Links on the way,
/// in the directories, are left to the system. `shown` is the path for errors.
/// \throws Error io (a loop, a directory that may not be searched)
std::string FollowSymlinks(std::string path, const std::string& shown);

/// The directory that holds `path`: what stands before its last slash, "." when there is none.
std::string DirectoryOf(const std::string& path);

/// What stands behind the last slash of `path`.
std::string NameOf(const std::string& path);

}  // namespace statestone::file
