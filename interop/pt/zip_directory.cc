#include "interop/pt/zip_directory.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/pt/zip_memory.h"

namespace statestone::pt {
namespace {

constexpr const char* kCopyAgain = "the file is damaged or cut off: copy it again";

// Bits of an entry's flags.
constexpr std::uint32_t kEncrypted = 1u << 0;
constexpr std::uint32_t kPatch = 1u << 5;
constexpr std::uint32_t kStronglyEncrypted = 1u << 6;
constexpr std::uint32_t kHiddenHeader = 1u << 13;

// Bytes of a local header before the name.
constexpr std::uint64_t kLocalHeader = 30;

// What deflate can make of one byte at most is 1032 bytes; the rest is for its frame.
constexpr std::uint64_t kMostInflation = 1032;
constexpr std::uint64_t kInflationSlack = 64;

Error Corrupt(std::string name, std::string problem, std::string expected = {},
              std::string found = {}) {
  std::string text = name.empty() ? std::move(problem)
                                  : "zip entry " + std::move(name) + ": " + std::move(problem);
  return Error(ErrorCode::kCorrupt, {.problem = std::move(text),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = kCopyAgain});
}

Error Unsupported(const std::string& name, std::string problem) {
  return Error(ErrorCode::kUnsupported, {.problem = "zip entry " + name + ": " + std::move(problem),
                                         .advice = "load it with torch and save it again"});
}

struct CloseZip {
  void operator()(void* zip) const { unzClose(zip); }
};
using Zip = std::unique_ptr<void, CloseZip>;

class DirectoryReader {
 public:
  explicit DirectoryReader(std::span<const std::byte> file) : file_(file), memory_{file} {
    zlib_filefunc64_def functions = ZipMemoryFunctions(memory_);
    zip_.reset(unzOpen2_64(nullptr, &functions));
    RequireDirectory(zip_ != nullptr);
  }

  std::vector<ZipEntry> ReadAll() {
    unz_global_info64 global{};
    RequireDirectory(unzGetGlobalInfo64(zip_.get(), &global) == UNZ_OK);
    std::vector<ZipEntry> entries;
    for (std::uint64_t i = 0; i < global.number_entry; ++i) {
      const int moved = i == 0 ? unzGoToFirstFile(zip_.get()) : unzGoToNextFile(zip_.get());
      RequireDirectory(moved == UNZ_OK);
      entries.push_back(ReadEntry());
    }
    return entries;
  }

 private:
  static void RequireDirectory(bool holds) {
    Require(CheckSite::kZipDirectory, holds,
            [] { return Corrupt({}, "the directory of the zip file is missing or damaged"); });
  }

  ZipEntry ReadEntry() {
    unz_file_info64 info{};
    RequireDirectory(Info(info, nullptr, 0));
    ZipEntry entry;
    entry.name.resize(info.size_filename);
    RequireDirectory(Info(info, entry.name.data(), entry.name.size()));
    CheckFlags(entry.name, info);
    entry.stored_bytes = info.compressed_size;
    entry.bytes = info.uncompressed_size;
    entry.sum = static_cast<std::uint32_t>(info.crc);
    entry.deflated = info.compression_method == Z_DEFLATED;
    entry.offset = DataOffset(entry.name);
    CheckSizes(entry);
    return entry;
  }

  bool Info(unz_file_info64& info, char* name, std::size_t size) {
    return unzGetCurrentFileInfo64(zip_.get(), &info, name, size, nullptr, 0, nullptr, 0) == UNZ_OK;
  }

  static void CheckFlags(const std::string& name, const unz_file_info64& info) {
    const bool readable = (info.flag & (kEncrypted | kStronglyEncrypted | kHiddenHeader)) == 0;
    Require(CheckSite::kZipEncrypted, readable, [&] { return Unsupported(name, "encrypted"); });
    const bool known = info.compression_method == 0 || info.compression_method == Z_DEFLATED;
    Require(CheckSite::kZipMethod, known && (info.flag & kPatch) == 0, [&] {
      return Unsupported(name, "compression method " + std::to_string(info.compression_method));
    });
    Require(CheckSite::kZipDisk, info.disk_num_start == 0,
            [&] { return Unsupported(name, "on another disk of a split archive"); });
  }

  // minizip compares the local header with the directory, except for the name itself.
  std::uint64_t DataOffset(const std::string& name) {
    int method = 0;
    int level = 0;
    const int opened = unzOpenCurrentFile2(zip_.get(), &method, &level, /*raw=*/1);
    Require(CheckSite::kZipLocalHeader, opened == UNZ_OK,
            [&] { return Corrupt(name, "no header of it is where the directory says"); });
    const std::uint64_t offset = unzGetCurrentFileZStreamPos64(zip_.get());
    const int extra = unzGetLocalExtrafield(zip_.get(), nullptr, 0);
    unzCloseCurrentFile(zip_.get());
    const std::uint64_t before = name.size() + static_cast<std::uint64_t>(std::max(extra, 0));
    const bool inside = extra >= 0 && offset <= file_.size() && offset >= kLocalHeader + before;
    const std::string_view local_name =
        inside ? std::string_view(reinterpret_cast<const char*>(file_.data()) + offset - before,
                                  name.size())
               : std::string_view();
    Require(CheckSite::kZipLocalHeader, local_name == name, [&] {
      return Corrupt(name, "another entry's header is where the directory says", name,
                     std::string(local_name));
    });
    return offset;
  }

  void CheckSizes(const ZipEntry& entry) const {
    Require(CheckSite::kZipRange, bytes::RangeFits(entry.offset, entry.stored_bytes, file_.size()),
            [&] {
              return Corrupt(entry.name, "it reaches past the end of the file",
                             std::to_string(entry.stored_bytes) + " bytes at offset " +
                                 std::to_string(entry.offset),
                             "a file of " + std::to_string(file_.size()));
            });
    const bool possible = entry.deflated
                              ? entry.bytes <= entry.stored_bytes * kMostInflation + kInflationSlack
                              : entry.bytes == entry.stored_bytes;
    Require(CheckSite::kZipRatio, possible, [&] {
      return Corrupt(entry.name, "it cannot have the size that it says it has", {},
                     std::to_string(entry.bytes) + " bytes from " +
                         std::to_string(entry.stored_bytes) + " stored ones");
    });
  }

  std::span<const std::byte> file_;
  ZipMemory memory_;
  Zip zip_;
};

void RequireDistinctNames(const std::vector<ZipEntry>& entries) {
  std::unordered_set<std::string_view> names;
  for (const ZipEntry& entry : entries) {
    Require(CheckSite::kZipNames, names.insert(entry.name).second,
            [&] { return Corrupt(entry.name, "it is there twice"); });
  }
}

void RequireDisjoint(const std::vector<ZipEntry>& entries) {
  std::vector<const ZipEntry*> sorted;
  for (const ZipEntry& entry : entries) {
    if (entry.stored_bytes != 0) sorted.push_back(&entry);
  }
  std::ranges::sort(sorted, {}, &ZipEntry::offset);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const ZipEntry& before = *sorted[i - 1];
    Require(CheckSite::kZipOverlap, before.offset + before.stored_bytes <= sorted[i]->offset, [&] {
      return Corrupt(sorted[i]->name, "it shares bytes with another entry", {}, before.name);
    });
  }
}

}  // namespace

std::vector<ZipEntry> ReadZipDirectory(std::span<const std::byte> file) {
  std::vector<ZipEntry> entries = DirectoryReader(file).ReadAll();
  RequireDistinctNames(entries);
  RequireDisjoint(entries);
  return entries;
}

}  // namespace statestone::pt
