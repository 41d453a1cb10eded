#include "interop/pt/archive.h"

#include <algorithm>
#include <utility>

#include "codec/check/require.h"
#include "interop/zip/record_sum.h"

namespace statestone::pt {
namespace {

// The newest container version that torch 2.13 writes or reads.
constexpr std::uint64_t kNewestVersion = 10;

// "version", "byteorder": a word each.
constexpr std::uint64_t kSmallRecord = 64;

constexpr std::string_view kPickleName = "data.pkl";

Error Unsupported(std::string problem, std::string expected, std::string found,
                  std::string advice) {
  return Error(ErrorCode::kUnsupported, {.problem = std::move(problem),
                                         .expected = std::move(expected),
                                         .found = std::move(found),
                                         .advice = std::move(advice)});
}

}  // namespace

Archive::Archive(const std::filesystem::path& source, std::filesystem::path scratch)
    : zip_(source, std::move(scratch)) {
  zip_.ReadDirectory();
  for (const ZipEntry& entry : zip_.entries()) by_name_.emplace(entry.name, &entry);
  FindPrefix();
  CheckKind();
  CheckVersion();
  CheckByteOrder();
}

// All records stand in one folder, of any name, and the pickle tells which.
void Archive::FindPrefix() {
  const ZipEntry* pickle = nullptr;
  for (const ZipEntry& entry : zip_.entries()) {
    const std::size_t slash = entry.name.find('/');
    const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
    if (std::string_view(entry.name).substr(start) != kPickleName) continue;
    Require(CheckSite::kPtPickle, pickle == nullptr, [&] {
      return Error(ErrorCode::kCorrupt, {.problem = "the file holds two checkpoints",
                                         .expected = pickle->name,
                                         .found = entry.name,
                                         .advice = "take it apart with unzip and zip them alone"});
    });
    pickle = &entry;
    prefix_ = entry.name.substr(0, start);
  }
  Require(CheckSite::kPtPickle, pickle != nullptr, [] {
    return Error(ErrorCode::kInvalidArgument,
                 {.problem = "the file is a zip archive and no checkpoint",
                  .expected = "a record data.pkl",
                  .advice = "give a file that torch.save wrote"});
  });
}

const ZipEntry* Archive::Find(std::string_view record) const {
  const auto found = by_name_.find(prefix_ + std::string(record));
  return found == by_name_.end() ? nullptr : found->second;
}

void Archive::CheckKind() const {
  const bool code = std::ranges::any_of(zip_.entries(), [&](const ZipEntry& entry) {
    return entry.name.starts_with(prefix_ + "code/");
  });
  Require(CheckSite::kPtScript, !code && Find("constants.pkl") == nullptr, [] {
    return Unsupported("the file is a TorchScript archive", "a checkpoint of torch.save", {},
                       "load it with torch.jit.load and save its state_dict()");
  });
}

void Archive::CheckVersion() {
  const ZipEntry* entry = Find("version");
  if (entry == nullptr) return;
  std::string text = ReadSmall(*entry);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const bool digits = !text.empty() && text.size() <= 4 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  Require(CheckSite::kPtVersion, digits, [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "the record version holds no number",
                                       .found = text,
                                       .advice = "copy the file again"});
  });
  Require(CheckSite::kPtVersion, std::stoull(text) <= kNewestVersion, [&] {
    return Unsupported("the container is of a newer version than this library reads",
                       "at most " + std::to_string(kNewestVersion), text,
                       "update Statestone, or save it with an older torch");
  });
}

void Archive::CheckByteOrder() {
  const ZipEntry* entry = Find("byteorder");
  if (entry == nullptr) return;  // torch wrote it from 2.1 on, and little-endian before that
  const std::string order = ReadSmall(*entry);
  Require(CheckSite::kPtByteOrder, order != "big", [] {
    return Unsupported("the checkpoint is big-endian", "byteorder little", "big",
                       "load it with torch on a little-endian machine and save it again");
  });
  Require(CheckSite::kPtByteOrder, order == "little", [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "the record byteorder is damaged",
                                       .expected = "little",
                                       .found = order,
                                       .advice = "copy the file again"});
  });
}

std::string Archive::ReadSmall(const ZipEntry& entry) {
  Require(CheckSite::kPtSmallRecord, entry.bytes <= kSmallRecord, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "zip entry " + entry.name + ": it is too large for what it is",
                  .expected = "at most " + std::to_string(kSmallRecord) + " bytes",
                  .found = std::to_string(entry.bytes),
                  .advice = "copy the file again"});
  });
  const Record record = Open(entry);
  std::string text(record.bytes, '\0');
  record.positioned->Read(record.offset, std::as_writable_bytes(std::span(text)));
  zip::CheckSum(record, std::as_bytes(std::span(text)));
  return text;
}

pickle::Pickle Archive::ReadPickle() {
  const Record record = Open(*Find(kPickleName));
  MapInflated();
  zip::CheckSum(record, record.in_place());
  return pickle::Read(record.in_place(), record.offset, pickle::References::kZip);
}

std::string Archive::StorageName(std::string_view key) const { return "data/" + std::string(key); }

std::optional<std::size_t> Archive::FindStorage(std::string_view key) const {
  const ZipEntry* entry = Find(StorageName(key));
  if (entry == nullptr) return std::nullopt;
  return static_cast<std::size_t>(entry - zip_.entries().data());
}

StoredBytes Archive::Stored(std::size_t storage) const {
  const ZipEntry& entry = zip_.entries()[storage];
  return {.name = "zip entry " + entry.name, .offset = entry.offset, .bytes = entry.bytes};
}

}  // namespace statestone::pt
