// Where the bytes of a file come from when it is not a file of the system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace statestone {

/// Bytes of a fixed size that the caller supplies: an object of a store, a member of an archive, a
/// cache. For Reader::FromSource. It is called from several threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Bytes in all. Asked once, when the file is opened.
  virtual std::uint64_t size() const = 0;

  /// Fills `out` with the bytes from `offset` on, and returns how many that were: all of
  /// out.size(), as [offset, offset + out.size()) lies inside size(). Fewer mean that the source
  /// ends there, which is refused as `incomplete`; they are not asked for again. `out` is never
  /// empty: head, tail, index, each in one piece, and chunks, mostly of up to 1 MiB. What it throws
  /// ends the read and reaches the caller as it is; an Error, with the fields that it left empty
  /// filled in, and as `io` where it is not `canceled`: the other codes are about the file.
  virtual std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const = 0;

  /// What errors call it: a URL, a path.
  virtual std::string name() const { return "the caller's source"; }
};

}  // namespace statestone
