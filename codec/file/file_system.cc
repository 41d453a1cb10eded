#include "codec/file/file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "codec/file/remote_file_system.h"

namespace statestone::file {
namespace {

constinit std::atomic<FileSystem*> replacement_in_use = nullptr;

int SyncToMedium(int fd) {
#ifdef __APPLE__
  // fsync leaves the data in the drive's cache there; network disks know only fsync.
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
#endif
  return ::fsync(fd);
}

}  // namespace

int FileSystem::Open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }

int FileSystem::Stat(const char* path, struct stat* out) { return ::stat(path, out); }

int FileSystem::Fstat(int fd, struct stat* out) { return ::fstat(fd, out); }

int FileSystem::Fstatfs(int fd, struct statfs* out) { return ::fstatfs(fd, out); }

ssize_t FileSystem::Readlink(const char* path, char* out, std::size_t size) {
  return ::readlink(path, out, size);
}

ssize_t FileSystem::Pread(int fd, void* out, std::size_t size, off_t offset) {
  return ::pread(fd, out, size, offset);
}

ssize_t FileSystem::Write(int fd, const void* data, std::size_t size) {
  return ::write(fd, data, size);
}

int FileSystem::Ftruncate(int fd, off_t size) { return ::ftruncate(fd, size); }

int FileSystem::Fsync(int fd) { return SyncToMedium(fd); }

int FileSystem::FsyncDirectory(int fd) { return SyncToMedium(fd); }

int FileSystem::Fchmod(int fd, mode_t mode) { return ::fchmod(fd, mode); }

int FileSystem::Flock(int fd, int operation) { return ::flock(fd, operation); }

int FileSystem::Rename(const char* from, const char* to) { return ::rename(from, to); }

int FileSystem::Unlink(const char* path) { return ::unlink(path); }

int FileSystem::Close(int fd) { return ::close(fd); }

void* FileSystem::Mmap(std::size_t size, int protection, int flags, int fd, off_t offset) {
  return ::mmap(nullptr, size, protection, flags, fd, offset);
}

int FileSystem::Munmap(void* address, std::size_t size) { return ::munmap(address, size); }

FileSystem& FileSystem::Current() {
  if (FileSystem* replacement = replacement_in_use.load(std::memory_order_acquire)) {
    return *replacement;
  }
  // Never destroyed: a map held by a static object is unmapped after main.
  static FileSystem& system = *new FileSystem;
  return system;
}

ScopedFileSystem::ScopedFileSystem(FileSystem& replacement)
    : previous_(replacement_in_use.exchange(&replacement, std::memory_order_acq_rel)) {}

ScopedFileSystem::~ScopedFileSystem() {
  replacement_in_use.store(previous_, std::memory_order_release);
}

}  // namespace statestone::file
