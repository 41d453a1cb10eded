// Whether a file may change or vanish under a map of it.
#pragma once

#ifdef __APPLE__
#include <sys/mount.h>
#include <sys/param.h>
#else
#include <sys/vfs.h>
#endif

namespace statestone::file {

/// Whether this is a file system whose files other machines, or programs that are no part of the
/// kernel, can cut or take away while they are mapped: network and cluster file systems, those of
/// virtual machines' hosts, FUSE. On Linux by a list of types; what is not on it counts as local.
bool IsRemote(const struct statfs& file_system);

}  // namespace statestone::file
