#include "interop/zip/zip_writer.h"

#include <zlib.h>

#include <concepts>
#include <cstring>
#include <string_view>

#include "codec/bytes/checked.h"
#include "statestone/error.h"

namespace statestone::zip {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kLocalHeader = 30;
constexpr std::uint64_t kMostEntries = 0xFFFF;
constexpr std::uint64_t kMostName = 0xFFFF;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kSumBehind = 1u << 3;
constexpr std::uint16_t kUtf8Name = 1u << 11;
constexpr std::uint16_t kDate = 0x21;  // 1980-01-01
constexpr std::uint16_t kWideFields = 1;
constexpr std::uint16_t kPadding = 0xD935;  // the extra field that Android's zipalign pads with

// Little-endian fields, one behind the other.
class Fields {
 public:
  template <std::unsigned_integral T>
  Fields& Add(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    text_.append(raw, sizeof raw);
    return *this;
  }
  Fields& Add(std::string_view text) {
    text_ += text;
    return *this;
  }
  Fields& Add16(std::uint64_t value) { return Add(static_cast<std::uint16_t>(value)); }
  Fields& Add32(std::uint64_t value) { return Add(static_cast<std::uint32_t>(value)); }
  std::string_view text() const { return text_; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(text_)); }

 private:
  std::string text_;
};

// Nothing stands behind a member without bytes, as torch has it.
std::uint16_t FlagsOf(std::uint64_t bytes) {
  return bytes == 0 ? kUtf8Name : kUtf8Name | kSumBehind;
}

}  // namespace

// The extra field of what does not fit 32 bits: both sizes, then the place.
std::string ZipWriter::WideExtra(std::uint64_t bytes, std::uint64_t offset) const {
  Fields wide;
  if (IsWide(bytes)) wide.Add(bytes).Add(bytes);
  if (IsWide(offset)) wide.Add(offset);
  if (wide.text().empty()) return {};
  Fields extra;
  extra.Add16(kWideFields).Add16(wide.text().size()).Add(wide.text());
  return std::string(extra.text());
}

// Wide fields, then a field that makes the data start at a multiple of kAlignment, as torch has it:
// it is there even where it is empty, since torch can compute places instead of reading them.
std::string ZipWriter::LocalExtra(std::uint64_t bytes, std::uint64_t offset,
                                  std::uint64_t start) const {
  constexpr std::uint64_t kFieldHeader = 4;
  const std::string wide = WideExtra(bytes, offset);
  const std::uint64_t used = start + wide.size() + kFieldHeader;
  const std::uint64_t size = bytes::AlignUp(used, kAlignment) - used;
  Fields extra;
  extra.Add(wide).Add16(kPadding).Add16(size).Add(std::string(size, '\0'));
  return std::string(extra.text());
}

void ZipWriter::Begin(std::string name, std::uint64_t bytes) {
  EndMember();
  if (name.size() > kMostName) {
    throw Error(ErrorCode::kLimit, {.entry = name.substr(0, 100),
                                    .problem = "the name is too long for a zip archive",
                                    .expected = "at most " + std::to_string(kMostName) + " bytes",
                                    .found = std::to_string(name.size())});
  }
  members_.push_back({std::move(name), file_.position(), bytes, 0});
  left_ = bytes;
  const Member& member = members_.back();
  const std::string extra =
      LocalExtra(bytes, member.offset, member.offset + kLocalHeader + member.name.size());
  const std::uint64_t size = IsWide(bytes) ? kWide : 0;
  Fields header;
  header.Add("PK\x03\x04").Add(IsWide(bytes) ? kVersion64 : kVersion).Add(FlagsOf(bytes)).Add16(0);
  header.Add16(0).Add(kDate).Add32(0).Add32(size).Add32(size);
  header.Add16(member.name.size()).Add16(extra.size()).Add(member.name).Add(extra);
  file_.Write(header.bytes());
}

void ZipWriter::Write(std::span<const std::byte> data) {
  if (data.size() > left_) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "more was written than was announced"});
  }
  left_ -= data.size();
  std::uint32_t& sum = members_.back().sum;
  sum = static_cast<std::uint32_t>(
      crc32_z(sum, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  file_.Write(data);
}

void ZipWriter::EndMember() {
  if (members_.empty()) return;
  if (left_ != 0) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "less was written than was announced"});
  }
  const Member& member = members_.back();
  if (member.bytes == 0) return;
  Fields descriptor;
  descriptor.Add("PK\x07\x08").Add(member.sum);
  if (IsWide(member.bytes) || IsWide(member.offset)) {
    descriptor.Add(member.bytes).Add(member.bytes);
  } else {
    descriptor.Add32(member.bytes).Add32(member.bytes);
  }
  file_.Write(descriptor.bytes());
}

void ZipWriter::WriteDirectoryEntry(const Member& member) {
  const std::string extra = WideExtra(member.bytes, member.offset);
  const std::uint16_t version = extra.empty() ? kVersion : kVersion64;
  Fields entry;
  entry.Add("PK\x01\x02").Add(version).Add(version).Add(FlagsOf(member.bytes));
  entry.Add16(0).Add16(0).Add(kDate);
  const std::uint64_t size = Narrow(member.bytes);
  entry.Add(member.sum).Add32(size).Add32(size);
  entry.Add16(member.name.size()).Add16(extra.size()).Add16(0).Add16(0).Add16(0).Add32(0);
  entry.Add32(Narrow(member.offset)).Add(member.name).Add(extra);
  file_.Write(entry.bytes());
}

void ZipWriter::Finish() {
  EndMember();
  const std::uint64_t start = file_.position();
  for (const Member& member : members_) WriteDirectoryEntry(member);
  WriteEnd(start);
}

void ZipWriter::WriteEnd(std::uint64_t start) {
  const std::uint64_t end = file_.position();
  const std::uint64_t size = end - start;
  const std::uint64_t count = members_.size();
  Fields last;
  if (count >= kMostEntries || IsWide(size) || IsWide(start)) {
    last.Add("PK\x06\x06").Add(std::uint64_t{44}).Add(kVersion64).Add(kVersion64);
    last.Add32(0).Add32(0).Add(count).Add(count).Add(size).Add(start);
    last.Add("PK\x06\x07").Add32(0).Add(end).Add32(1);
  }
  const std::uint64_t shown = std::min(count, kMostEntries);
  last.Add("PK\x05\x06")
      .Add32(0)
      .Add16(shown)
      .Add16(shown)
      .Add32(Narrow(size))
      .Add32(Narrow(start))
      .Add16(0);
  file_.Write(last.bytes());
}

}  // namespace statestone::zip
