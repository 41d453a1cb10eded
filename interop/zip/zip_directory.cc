#include "interop/zip/zip_directory.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"

namespace statestone::zip {
namespace {

constexpr const char* kCopyAgain = "the file is damaged or cut off: copy it again";

// Bits of an entry's flags.
constexpr std::uint64_t kEncrypted = 1u << 0;
constexpr std::uint64_t kPatch = 1u << 5;
constexpr std::uint64_t kStronglyEncrypted = 1u << 6;
constexpr std::uint64_t kHiddenHeader = 1u << 13;

// Bytes of each kind of record without its texts, and what it starts with.
constexpr std::uint64_t kLocalHeader = 30;
constexpr std::uint64_t kDirectoryEntry = 46;
constexpr std::uint64_t kEndRecord = 22;
constexpr std::uint64_t kLocator = 20;
constexpr std::uint64_t kEnd64 = 56;
constexpr std::string_view kLocalMagic = "PK\x03\x04";
constexpr std::string_view kDirectoryMagic = "PK\x01\x02";
constexpr std::string_view kEndMagic = "PK\x05\x06";
constexpr std::string_view kLocatorMagic = "PK\x06\x07";
constexpr std::string_view kEnd64Magic = "PK\x06\x06";

// The comment behind the end record has a length of 16 bits.
constexpr std::uint64_t kMostComment = 0xFFFF;

// In a field of 32 bits: the value stands in 64 bits elsewhere.
constexpr std::uint64_t kIn64 = 0xFFFFFFFF;
constexpr std::uint64_t kWideFields = 1;  // the extra field that has them

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

void RequireDirectory(bool holds) {
  Require(CheckSite::kZipDirectory, holds,
          [] { return Corrupt({}, "the directory of the zip file is missing or damaged"); });
}

void RequireOneDisk(bool holds) {
  Require(CheckSite::kZipDisk, holds, [] {
    return Error(ErrorCode::kUnsupported, {.problem = "the zip archive is split over several files",
                                           .advice = "load it with torch and save it again"});
  });
}

// Where the directory is, and how many entries it has.
struct End {
  std::uint64_t entries;
  std::uint64_t size;
  std::uint64_t offset;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(std::span<const std::byte> file) : file_(file) {}

  std::vector<ZipEntry> ReadAll() {
    const End end = FindEnd();
    RequireDirectory(bytes::RangeFits(end.offset, end.size, file_.size()) &&
                     end.entries <= end.size / kDirectoryEntry);
    std::vector<ZipEntry> entries;
    at_ = end.offset;
    end_ = end.offset + end.size;
    for (std::uint64_t i = 0; i < end.entries; ++i) entries.push_back(ReadEntry());
    RequireDirectory(at_ == end_);
    return entries;
  }

 private:
  template <typename T>
  std::uint64_t Get(std::uint64_t offset) const {
    return bytes::Load<T>(file_.data() + offset);
  }

  std::string_view Text(std::uint64_t offset, std::uint64_t size) const {
    return {reinterpret_cast<const char*>(file_.data()) + offset, size};
  }

  bool HasMagic(std::uint64_t offset, std::uint64_t size, std::string_view magic) const {
    return bytes::RangeFits(offset, size, file_.size()) && Text(offset, magic.size()) == magic;
  }

  // The last record whose comment ends with the file or before.
  End FindEnd() const {
    const std::uint64_t tail = std::min<std::uint64_t>(file_.size(), kEndRecord + kMostComment);
    const std::string_view text = Text(file_.size() - tail, tail);
    const std::size_t found = text.rfind(kEndMagic);
    RequireDirectory(found != std::string_view::npos && tail - found >= kEndRecord);
    const std::uint64_t at = file_.size() - tail + found;
    RequireDirectory(Get<std::uint16_t>(at + 20) <= file_.size() - at - kEndRecord);
    const End end{Get<std::uint16_t>(at + 10), Get<std::uint32_t>(at + 12),
                  Get<std::uint32_t>(at + 16)};
    if (end.entries == 0xFFFF || end.size == kIn64 || end.offset == kIn64) return FindEnd64(at);
    RequireOneDisk(Get<std::uint32_t>(at + 4) == 0 && Get<std::uint16_t>(at + 8) == end.entries);
    return end;
  }

  End FindEnd64(std::uint64_t end) const {
    RequireDirectory(end >= kLocator && HasMagic(end - kLocator, kLocator, kLocatorMagic));
    const std::uint64_t at = Get<std::uint64_t>(end - kLocator + 8);
    RequireDirectory(HasMagic(at, kEnd64, kEnd64Magic));
    RequireOneDisk(Get<std::uint64_t>(at + 16) == 0 &&
                   Get<std::uint64_t>(at + 24) == Get<std::uint64_t>(at + 32));
    return {Get<std::uint64_t>(at + 32), Get<std::uint64_t>(at + 40), Get<std::uint64_t>(at + 48)};
  }

  ZipEntry ReadEntry() {
    RequireDirectory(end_ - at_ >= kDirectoryEntry &&
                     HasMagic(at_, kDirectoryEntry, kDirectoryMagic));
    const std::uint64_t header = at_;
    const std::uint64_t name = Get<std::uint16_t>(header + 28);
    const std::uint64_t extra = Get<std::uint16_t>(header + 30);
    const std::uint64_t whole = kDirectoryEntry + name + extra + Get<std::uint16_t>(header + 32);
    RequireDirectory(whole <= end_ - header);
    at_ += whole;
    ZipEntry entry;
    entry.name = Text(header + kDirectoryEntry, name);
    entry.sum = static_cast<std::uint32_t>(Get<std::uint32_t>(header + 16));
    entry.stored_bytes = Get<std::uint32_t>(header + 20);
    entry.bytes = Get<std::uint32_t>(header + 24);
    std::uint64_t local = Get<std::uint32_t>(header + 42);
    TakeWideFields(entry, local, Text(header + kDirectoryEntry + name, extra));
    const std::uint64_t flags = Get<std::uint16_t>(header + 8);
    const std::uint64_t method = Get<std::uint16_t>(header + 10);
    CheckFlags(entry.name, flags, method);
    RequireOneDisk(Get<std::uint16_t>(header + 34) == 0);
    entry.deflated = method == Z_DEFLATED;
    entry.offset = DataOffset(entry.name, local, method);
    CheckSizes(entry);
    return entry;
  }

  // Fields that do not fit 32 bits stand in the extra field, in this order.
  static void TakeWideFields(ZipEntry& entry, std::uint64_t& local, std::string_view extra) {
    while (extra.size() >= 4) {
      const auto* start = reinterpret_cast<const std::byte*>(extra.data());
      const std::uint64_t id = bytes::Load<std::uint16_t>(start);
      const std::uint64_t size = bytes::Load<std::uint16_t>(start + 2);
      extra.remove_prefix(4);
      RequireDirectory(size <= extra.size());
      std::string_view fields = extra.substr(0, size);
      extra.remove_prefix(size);
      if (id != kWideFields) continue;
      for (std::uint64_t* field : {&entry.bytes, &entry.stored_bytes, &local}) {
        if (*field != kIn64) continue;
        RequireDirectory(fields.size() >= sizeof *field);
        *field = bytes::Load<std::uint64_t>(reinterpret_cast<const std::byte*>(fields.data()));
        fields.remove_prefix(sizeof *field);
      }
      return;
    }
  }

  static void CheckFlags(const std::string& name, std::uint64_t flags, std::uint64_t method) {
    const bool readable = (flags & (kEncrypted | kStronglyEncrypted | kHiddenHeader)) == 0;
    Require(CheckSite::kZipEncrypted, readable, [&] { return Unsupported(name, "encrypted"); });
    const bool known = method == 0 || method == Z_DEFLATED;
    Require(CheckSite::kZipMethod, known && (flags & kPatch) == 0,
            [&] { return Unsupported(name, "compression method " + std::to_string(method)); });
  }

  // Behind the local header, which repeats name and method and may have an extra field of its own.
  std::uint64_t DataOffset(const std::string& name, std::uint64_t local,
                           std::uint64_t method) const {
    Require(CheckSite::kZipLocalHeader, HasMagic(local, kLocalHeader, kLocalMagic),
            [&] { return Corrupt(name, "no header of it is where the directory says"); });
    const std::uint64_t name_size = Get<std::uint16_t>(local + 26);
    const bool inside = bytes::RangeFits(local + kLocalHeader, name_size, file_.size());
    const std::string_view local_name =
        inside ? Text(local + kLocalHeader, name_size) : std::string_view();
    const bool same = local_name == name && Get<std::uint16_t>(local + 8) == method;
    Require(CheckSite::kZipLocalHeader, same, [&] {
      return Corrupt(name, "another entry's header is where the directory says", name,
                     std::string(local_name));
    });
    return local + kLocalHeader + name_size + Get<std::uint16_t>(local + 28);
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
  std::uint64_t at_ = 0;   // of the next entry in the directory
  std::uint64_t end_ = 0;  // of the directory
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

}  // namespace statestone::zip
