// Writes a zip archive in one forward pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/file/atomic_file.h"

namespace statestone::zip {

/// Members are stored, not deflated, and start at multiples of 64 bytes, so that they can be
/// mapped. Their CRC-32 stands behind them, since it is known only then. Zip64 where sizes need it.
/// Where data stands follows from names and sizes by the rules of torch 2.13, which computes it.
/// All dates are 1980-01-01: the same members give the same file. Memory: the directory, about 100
/// bytes and a name for each member. Not thread-safe.
class ZipWriter {
 public:
  /// Sizes and places from here on stand in 64 bits.
  static constexpr std::uint64_t kWide = 0xFFFFFFFF;

  /// `file` must outlive this; what it has already stands before the archive. `wide`: at most
  /// kWide; less, to make zip64 of a small archive.
  explicit ZipWriter(file::AtomicFile& file, std::uint64_t wide = kWide)
      : file_(file), wide_(wide) {}

  /// A member of `bytes` bytes, all of which must be written before the next call of Begin or
  /// Finish. `name` is UTF-8 of at most 65535 bytes. \throws Error io
  void Begin(std::string name, std::uint64_t bytes);
  void Write(std::span<const std::byte> data);

  /// Writes the directory. \throws Error io
  void Finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t offset;  // of its local header
    std::uint64_t bytes;
    std::uint32_t sum;
  };

  void EndMember();
  void WriteDirectoryEntry(const Member& member);
  void WriteEnd(std::uint64_t start);

  bool IsWide(std::uint64_t value) const { return value >= wide_; }
  /// What stands in 32 bits.
  std::uint64_t Narrow(std::uint64_t value) const { return IsWide(value) ? kWide : value; }
  std::string WideExtra(std::uint64_t bytes, std::uint64_t offset) const;
  std::string LocalExtra(std::uint64_t bytes, std::uint64_t offset, std::uint64_t start) const;

  file::AtomicFile& file_;
  std::uint64_t wide_;
  std::vector<Member> members_;
  std::uint64_t left_ = 0;  // bytes of the last member that are still to come
};

}  // namespace statestone::zip
