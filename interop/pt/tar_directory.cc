#include "interop/pt/tar_directory.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"

namespace statestone::pt {
namespace {

constexpr std::uint64_t kBlock = 512;

// Fields of a header.
constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kSizeBytes = 12;
constexpr std::size_t kSumAt = 148;
constexpr std::size_t kSumBytes = 8;
constexpr std::size_t kKindAt = 156;
constexpr std::size_t kMagicAt = 257;
constexpr std::size_t kPrefixAt = 345;
constexpr std::size_t kPrefixBytes = 155;

// A checkpoint has four members, each perhaps with an extended header of some hundred bytes.
constexpr std::size_t kMostMembers = 64;
constexpr std::uint64_t kMostExtended = 64 << 10;

// Tar files are filled up with zeros to whole records of 10 KiB, in practice.
constexpr std::uint64_t kMostFilling = 1 << 20;

constexpr std::array<std::string_view, 4> kMembers = {"sys_info", "pickle", "tensors", "storages"};

constexpr const char* kCopyAgain = "the file is damaged or cut off: copy it again";

Error Corrupt(std::uint64_t offset, std::string problem, std::string expected = {},
              std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.offset = offset,
                                     .problem = "the tar file: " + std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = kCopyAgain});
}

// Digits of `base`, then NULs or spaces.
std::optional<std::uint64_t> Number(std::string_view field, std::uint64_t base) {
  while (!field.empty() && (field.back() == '\0' || field.back() == ' ')) field.remove_suffix(1);
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  std::optional<std::uint64_t> number = 0;
  for (const char c : field) {
    if (c < '0' || static_cast<std::uint64_t>(c - '0') >= base) return std::nullopt;
    number = bytes::CheckedMultiply(*number, base);
    if (number) number = bytes::CheckedAdd(*number, static_cast<std::uint64_t>(c - '0'));
    if (!number) return std::nullopt;
  }
  return field.empty() ? std::nullopt : number;
}

class Header {
 public:
  Header(const file::ByteSource& source, std::uint64_t offset) {
    source.Read(offset, std::as_writable_bytes(std::span(bytes_)));
  }

  bool IsZero() const {
    return std::ranges::all_of(bytes_, [](char c) { return c == '\0'; });
  }
  bool IsTar() const { return Field(kMagicAt, 5) == "ustar"; }
  char kind() const { return bytes_[kKindAt]; }
  std::optional<std::uint64_t> size() const { return Number(Field(kSizeAt, kSizeBytes), 8); }

  std::string name() const {
    const std::string prefix = Text(kPrefixAt, kPrefixBytes);
    return prefix.empty() ? Text(0, kNameBytes) : prefix + '/' + Text(0, kNameBytes);
  }

  // The sum is made with spaces in its own place.
  bool SumIsRight() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const bool own = i >= kSumAt && i < kSumAt + kSumBytes;
      sum += own ? ' ' : static_cast<unsigned char>(bytes_[i]);
    }
    return Number(Field(kSumAt, kSumBytes), 8) == sum;
  }

 private:
  std::string_view Field(std::size_t at, std::size_t size) const {
    return {bytes_.data() + at, size};
  }
  std::string Text(std::size_t at, std::size_t size) const {
    const std::string_view field = Field(at, size);
    return std::string(field.substr(0, field.find('\0')));
  }

  std::array<char, kBlock> bytes_;
};

std::string KindName(char kind) {
  switch (kind) {
    case '1':
      return "a hard link";
    case '2':
      return "a symbolic link";
    case '3':
    case '4':
      return "a device";
    case '5':
      return "a directory";
    case '6':
      return "a FIFO";
    default:
      return "of kind " + std::to_string(static_cast<int>(static_cast<unsigned char>(kind)));
  }
}

// What extended headers of pax say of the member behind them.
struct Extended {
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const file::ByteSource& source) : source_(source) {}

  std::vector<TarMember> Read() {
    std::vector<TarMember> members;
    for (;;) {
      const std::uint64_t start = position_;
      const Header header = TakeHeader();
      if (header.IsZero()) break;
      Require(CheckSite::kTarHeader, header.IsTar() && header.SumIsRight(),
              [&] { return Corrupt(start, "the sum of a header is wrong"); });
      Require(CheckSite::kTarMembers, members.size() < kMostMembers, [&] {
        return Corrupt(start, "it holds too many members", std::to_string(kMostMembers));
      });
      if (header.kind() == 'x') {
        TakeExtended(header, start);
        continue;
      }
      members.push_back(TakeMember(header, start));
    }
    CheckEnd();
    return members;
  }

 private:
  Header TakeHeader() {
    Require(CheckSite::kTarEnd, bytes::RangeFits(position_, kBlock, source_.size()),
            [&] { return Corrupt(position_, "it ends without its end mark"); });
    const Header header(source_, position_);
    position_ += kBlock;
    return header;
  }

  // Skips the bytes of a member, which are filled up to whole blocks, and gives where they start.
  std::uint64_t TakeBytes(std::uint64_t size, std::uint64_t header, const std::string& name) {
    const std::uint64_t start = position_;
    const auto filled = bytes::CheckedAlignUp(size, kBlock);
    Require(CheckSite::kTarRange, filled && bytes::RangeFits(position_, *filled, source_.size()),
            [&] {
              return Corrupt(header, "it ends inside the member " + name,
                             std::to_string(size) + " bytes",
                             std::to_string(source_.size() - position_));
            });
    position_ += *filled;
    return start;
  }

  std::uint64_t SizeOf(const Header& header, std::uint64_t start) const {
    const auto size = header.size();
    Require(CheckSite::kTarSize, size.has_value(), [&] {
      return Corrupt(start, "the size of the member " + header.name() + " is no octal number");
    });
    return *size;
  }

  TarMember TakeMember(const Header& header, std::uint64_t start) {
    TarMember member{.name = extended_.path.value_or(header.name())};
    const bool plain = header.kind() == '0' || header.kind() == '\0';
    Require(CheckSite::kTarKind, plain, [&] {
      return Error(ErrorCode::kUnsupported,
                   {.offset = start,
                    .problem = "the tar file: the member " + member.name +
                               " is no plain file: it is " + KindName(header.kind()),
                    .advice = "no torch makes such a file: do not trust it"});
    });
    member.bytes = extended_.size ? *extended_.size : SizeOf(header, start);
    member.offset = TakeBytes(member.bytes, start, member.name);
    extended_ = {};
    return member;
  }

  // Records of the form "<bytes> <key>=<value>\n", their own size included.
  void TakeExtended(const Header& header, std::uint64_t start) {
    const std::uint64_t size = SizeOf(header, start);
    const auto wrong = [&] { return Corrupt(start, "an extended header is malformed"); };
    Require(CheckSite::kTarExtended, size <= kMostExtended, wrong);
    const std::uint64_t offset = TakeBytes(size, start, header.name());
    std::string text(size, '\0');
    source_.Read(offset, std::as_writable_bytes(std::span(text)));
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t space = rest.find(' ');
      const auto bytes = Number(rest.substr(0, std::min(space, rest.size())), 10);
      const bool framed = space != std::string_view::npos && bytes && *bytes <= rest.size() &&
                          *bytes > space + 1 && rest[*bytes - 1] == '\n';
      Require(CheckSite::kTarExtended, framed, wrong);
      TakeRecord(rest.substr(space + 1, *bytes - space - 2), start);
      rest.remove_prefix(*bytes);
    }
  }

  void TakeRecord(std::string_view record, std::uint64_t start) {
    const std::size_t equals = record.find('=');
    const auto wrong = [&] { return Corrupt(start, "an extended header is malformed"); };
    Require(CheckSite::kTarExtended, equals != std::string_view::npos, wrong);
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "path") extended_.path = std::string(value);
    if (key != "size") return;
    extended_.size = Number(value, 10);
    Require(CheckSite::kTarExtended, extended_.size.has_value(), wrong);
  }

  // Behind the first block of zeros: a second, and zeros up to the end of the file.
  void CheckEnd() {
    const std::uint64_t rest = source_.size() - position_;
    Require(CheckSite::kTarEnd, rest >= kBlock,
            [&] { return Corrupt(position_, "it ends without its end mark"); });
    std::string filling(std::min(rest, kMostFilling), '\0');
    source_.Read(position_, std::as_writable_bytes(std::span(filling)));
    const bool zeros = std::ranges::all_of(filling, [](char c) { return c == '\0'; });
    Require(CheckSite::kTarEnd, zeros && rest <= kMostFilling,
            [&] { return Corrupt(position_, "bytes stand behind its end mark"); });
  }

  const file::ByteSource& source_;
  std::uint64_t position_ = 0;
  Extended extended_;
};

}  // namespace

bool StartsTorchTar(const file::ByteSource& source) {
  if (source.size() < kBlock) return false;
  const Header first(source, 0);
  if (!first.IsTar()) return false;
  std::string name = first.name();
  if (first.kind() == 'x') {
    const auto size = first.size();
    const auto filled = size ? bytes::CheckedAlignUp(*size, kBlock) : size;
    const auto next = filled ? bytes::CheckedAdd(*filled, kBlock) : filled;
    if (!next || !bytes::RangeFits(*next, kBlock, source.size())) return false;
    name = Header(source, *next).name();
  }
  return std::ranges::find(kMembers, name) != kMembers.end();
}

std::vector<TarMember> ReadTarDirectory(const file::ByteSource& source) {
  return DirectoryReader(source).Read();
}

}  // namespace statestone::pt
