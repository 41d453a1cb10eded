#include "codec/file/byte_source.h"
#include "codec/file/file_system.h"
#include "codec/file/opening.h"
#include "codec/file/remote_file_system.h"

namespace statestone::file {
namespace {

// A call that fails says nothing, and what may be remote is not mapped: reads are slower than a
// map, and give an error where a map would end the program.
bool MayBeMapped(const OpenedFile& file) {
  struct statfs status = {};
  const int result = RetryInterrupted(
      [&] { return FileSystem::Current().Fstatfs(file.descriptor.get(), &status); });
  return result == 0 && !IsRemote(status);
}

}  // namespace

std::shared_ptr<ByteSource> OpenSource(const std::filesystem::path& path, Access access,
                                       bool writable) {
  OpenedFile file = OpenRegularFile(path);
  const bool map = access == Access::kMap || (access == Access::kAuto && MayBeMapped(file));
  return map ? MapFile(std::move(file), writable) : ReadPositioned(std::move(file));
}

}  // namespace statestone::file
