// What callers choose when they read or write a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stop_token>
#include <string>

namespace statestone {

/// Called with bytes done and bytes in all, logical, from whichever thread finished a piece, never
/// from two at once; must be quick. The last call of a finished job has done == total.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// How a reader gets at the bytes of a file.
enum class Access : std::uint8_t {
  /// kPositioned for files on network and FUSE file systems, and where the system does not say on
  /// which a file lies; else kMap.
  kAuto,
  kMap,         ///< memory map: views without a copy; a file cut while it is open can raise SIGBUS
  kPositioned,  ///< pread: for shared, remote or changing files; a cut file gives an error, and
                ///< there are no views
};

struct ReadOptions {
  Access access = Access::kAuto;
  /// Check the sum of every stored chunk before a byte of it reaches the caller.
  bool check_sums = true;
  /// Where the file is mapped: so that views may be written in place, copy on write; the file
  /// never changes.
  bool writable_views = false;
  /// Workers for reads of more than one chunk, 0: one for each core.
  std::size_t threads = 0;
  /// A read that would hand out more bytes than this is refused as `limit`.
  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
  /// Requesting a stop ends a long read with `canceled`, within about a chunk's time.
  std::stop_token stop = {};
  /// Progress of Verify and ContentDigest.
  Progress progress = {};
  /// The generation to open, from 1; 0: the last.
  std::uint64_t generation = 0;
  /// Open the last complete generation of a file that does not end in one: cut off, or written to
  /// right now. The file is not changed. Costs a search backwards through what is behind it.
  bool recover = false;
};

enum class Compression : std::uint8_t {
  kAuto,  ///< lossless coding where the first chunk of a storage saves at least 1.5 %
  kNone,  ///< everything raw, the index too: readable in place through a map
};

struct WriteOptions {
  Compression compression = Compression::kAuto;
  /// Decode each coded chunk again and compare before it is written.
  bool verify_encoding = true;
  /// Workers, 0: one for each core. The bytes written do not depend on it.
  std::size_t threads = 0;
  /// Units of a chunk as a power of two, 6 to 21: smaller for finer slices, larger for less index.
  std::uint8_t chunk_units_log2 = 18;
  /// The program named in the file; "" for this library and its version.
  std::string writer = {};
  /// Requesting a stop ends the save with `canceled`; the old file stays as it was.
  std::stop_token stop = {};
  Progress progress = {};
};

}  // namespace statestone
