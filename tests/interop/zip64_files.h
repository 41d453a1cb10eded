// Archives that need the wide fields of zip, at little cost.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "codec/file/atomic_file.h"
#include "codec/file/file_system.h"
#include "interop/zip/zip_writer.h"

namespace statestone {

/// Leaves a hole in the file where a piece is large: they are all zeros here.
class HoleFileSystem : public file::FileSystem {
 public:
  ssize_t Write(int fd, const void* data, std::size_t size) override {
    if (size < kLarge) return FileSystem::Write(fd, data, size);
    return lseek(fd, static_cast<off_t>(size), SEEK_CUR) < 0 ? -1 : static_cast<ssize_t>(size);
  }

 private:
  static constexpr std::size_t kLarge = 16 << 20;
};

/// The byte `seed`, then the next, and so on: what a member of an archive holds here.
inline std::string Counting(std::uint64_t bytes, char seed) {
  std::string text(bytes, seed);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(seed + i);
  return text;
}

inline void AddMember(zip::ZipWriter& zip, const std::string& name, std::string_view data) {
  zip.Begin(name, data.size());
  zip.Write(std::as_bytes(std::span(data)));
}

inline constexpr std::uint64_t kLoweredLimit = 1000;

/// Members of sizes around a limit lowered to kLoweredLimit, each named by its size; places and the
/// directory's own go beyond it too.
inline void WriteWideSizes(const std::filesystem::path& path) {
  file::AtomicFile file(path);
  zip::ZipWriter zip(file, kLoweredLimit);
  for (const std::uint64_t bytes : {0, 1, 999, 1000, 1001, 100000, 0, 5}) {
    AddMember(zip, std::to_string(file.position()) + "/" + std::to_string(bytes),
              Counting(bytes, 'a'));
  }
  zip.Finish();
  file.Commit();
}

/// Four members of which the last two, and the directory, stand beyond the first 4 GiB of the file.
/// Before them is a hole.
inline void WriteFarPlaces(const std::filesystem::path& path) {
  constexpr std::uint64_t kHole = (std::uint64_t{1} << 32) - 4096;
  HoleFileSystem holes;
  const file::ScopedFileSystem scoped(holes);
  file::AtomicFile file(path);
  void* const zeros =
      mmap(nullptr, kHole, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  file.Write({static_cast<const std::byte*>(zeros), kHole});
  munmap(zeros, kHole);
  zip::ZipWriter zip(file);
  AddMember(zip, "before", Counting(100, 'a'));
  AddMember(zip, "across", Counting(5000, 'b'));
  AddMember(zip, "behind", Counting(70000, 'c'));
  AddMember(zip, "empty", "");
  zip.Finish();
  file.Commit();
}

/// More members than 16 bits count, each holding its number.
inline constexpr int kManyMembers = 70000;

inline void WriteManyMembers(const std::filesystem::path& path, int count = kManyMembers) {
  file::AtomicFile file(path);
  zip::ZipWriter zip(file);
  for (int i = 0; i < count; ++i) AddMember(zip, "m" + std::to_string(i), std::to_string(i));
  zip.Finish();
  file.Commit();
}

}  // namespace statestone
