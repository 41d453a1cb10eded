// Where a reader's bytes come from: a memory map, positioned reads, memory, or the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "statestone/byte_source.h"
#include "statestone/options.h"

namespace statestone::file {

/// Bytes of a fixed size. Thread-safe: any number of threads may read at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Size in bytes, as it was when the source was opened.
  virtual std::uint64_t size() const = 0;

  /// Copies [offset, offset + out.size()) into `out`; the range lies inside size().
  /// \throws Error io; incomplete when the file became shorter since it was opened
  virtual void Read(std::uint64_t offset, std::span<std::byte> out) const = 0;

  /// All bytes in place, or an empty span when the source cannot show them.
  virtual std::span<const std::byte> bytes() const { return {}; }

  /// Whether bytes that are only passed through are best taken from bytes(): true for memory. A
  /// fresh map costs a fault for each page, more than a read into a buffer that is used again.
  virtual bool in_place_is_fastest() const { return false; }

  /// Whether `bytes()` may be written by its user without changing the file (a private map).
  virtual bool copy_on_write() const { return false; }

  /// Tells the system that this range is read soon; may do nothing.
  virtual void Prefetch(std::uint64_t /*offset*/, std::uint64_t /*size*/) const {}
};

/// Opens a regular file and maps it (MAP_PRIVATE, PROT_READ; with `writable` also PROT_WRITE, so
/// that views may be written, copy on write). A file of size 0 gives a source of size 0.
/// \throws Error io (no such file, no permission: the call and errno); invalid_argument for a
///     directory, FIFO, socket or device, named as what it is, and without ever blocking on it
std::shared_ptr<ByteSource> OpenMapped(const std::filesystem::path& path, bool writable);

/// Opens a regular file for positioned reads. Errors as OpenMapped.
std::shared_ptr<ByteSource> OpenPositioned(const std::filesystem::path& path);

/// Opens a regular file as `access` says; kAuto: mapped, unless it lies on a network or FUSE file
/// system, or the system does not say on which. Errors as OpenMapped.
std::shared_ptr<ByteSource> OpenSource(const std::filesystem::path& path, Access access,
                                       bool writable);

/// The caller's own source. Whatever it says is checked; what it throws passes through, as
/// statestone/byte_source.h says. \throws Error invalid_argument if it is null
std::shared_ptr<ByteSource> FromCaller(std::shared_ptr<const statestone::ByteSource> source);

/// Bytes in memory, kept alive by `owner` (may be null when the caller keeps them).
std::shared_ptr<ByteSource> FromMemory(std::span<const std::byte> bytes,
                                       std::shared_ptr<const void> owner);

/// The first `size` bytes of a source. \throws Error invalid_argument if it has fewer
std::shared_ptr<ByteSource> Prefix(std::shared_ptr<ByteSource> whole, std::uint64_t size);

}  // namespace statestone::file
