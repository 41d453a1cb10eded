// The one door to the operating system: every file call of the codec goes through this interface,
// so that a test can make the nth call of a kind fail. Same results as the calls themselves: -1 (or
// MAP_FAILED) and errno. Only advice whose result nobody looks at (madvise, fadvise) goes past it.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

struct statfs;

namespace statestone::file {

static_assert(sizeof(off_t) == 8, "build with _FILE_OFFSET_BITS=64: files exceed 2 GiB");

/// The operating system's own calls; a subclass stands in for them in tests. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual int Open(const char* path, int flags, mode_t mode);
  virtual int Stat(const char* path, struct stat* out);
  virtual int Fstat(int fd, struct stat* out);
  virtual int Fstatfs(int fd, struct statfs* out);
  virtual ssize_t Readlink(const char* path, char* out, std::size_t size);
  virtual ssize_t Pread(int fd, void* out, std::size_t size, off_t offset);
  virtual ssize_t Write(int fd, const void* data, std::size_t size);
  virtual int Ftruncate(int fd, off_t size);

  /// Through the drive's cache too, where that takes another call than fsync (macOS).
  virtual int Fsync(int fd);

  /// As Fsync, for a directory: apart, so that a test can make one fail without the other.
  virtual int FsyncDirectory(int fd);
  virtual int Fchmod(int fd, mode_t mode);
  virtual int Flock(int fd, int operation);
  virtual int Rename(const char* from, const char* to);
  virtual int Unlink(const char* path);
  virtual int Close(int fd);
  virtual void* Mmap(std::size_t size, int protection, int flags, int fd, off_t offset);
  virtual int Munmap(void* address, std::size_t size);

  /// The one in use: the operating system's own, unless a ScopedFileSystem stands in for it.
  static FileSystem& Current();
};

/// Puts another file system in place for its lifetime; for tests, not while other threads use
/// files.
class ScopedFileSystem {
 public:
  explicit ScopedFileSystem(FileSystem& replacement);
  ~ScopedFileSystem();
  ScopedFileSystem(const ScopedFileSystem&) = delete;
  ScopedFileSystem& operator=(const ScopedFileSystem&) = delete;

 private:
  FileSystem* previous_;
};

}  // namespace statestone::file
