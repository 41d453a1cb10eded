// How an index is stored: as it is, or as one zstd frame. spec/format.md, section 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace statestone::container {

inline constexpr std::uint32_t kIndexRaw = 0;
inline constexpr std::uint32_t kIndexFrame = 1;

/// An index as it goes into the file; what it was made from must outlive it.
struct StoredIndex {
  std::span<const std::byte> bytes;
  std::uint32_t coding = kIndexRaw;
  std::unique_ptr<std::byte[]> frame;  ///< what `bytes` views, if it is coded
};

/// `raw` as one frame where that saves a tenth and `may_code` allows it, decoded again and
/// compared; else `raw` itself. The bytes depend on `raw` and the version of libzstd only. Cost:
/// about a second for 500 MB, and as much memory again as `raw` has, twice while it compares.
/// \throws Error corrupt if the frame does not decode to `raw`: a fault of this machine
StoredIndex EncodeIndex(std::span<const std::byte> raw, bool may_code);

/// Decodes an index of coding 1, whose sum was checked, into exactly `raw`. `offset`: where
/// `stored` lies in the file, for the errors. \throws Error corrupt
void DecodeIndex(std::span<const std::byte> stored, std::uint64_t offset, std::span<std::byte> raw);

}  // namespace statestone::container
