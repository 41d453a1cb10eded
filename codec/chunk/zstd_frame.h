// Zstandard frames: made with one of two settings, and taken apart without trusting them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace statestone::chunk {

/// What a plane has to offer to zstd.
enum class Redundancy : std::uint8_t {
  kSymbols,  ///< some bytes are more common than others: entropy coding alone, no search
  kRepeats,  ///< strings come again: level 1
};

/// Compresses with one setting and keeps the context, 0.2-0.6 MiB. Not thread-safe.
class FrameCompressor {
 public:
  explicit FrameCompressor(Redundancy redundancy);

  /// Room that Compress needs for `size` bytes.
  static std::size_t Bound(std::size_t size);

  /// Writes one frame of `source` to `target`, which has room for Bound(source.size()) bytes, and
  /// returns its size. The bytes depend on `source`, the setting and the version of libzstd only.
  std::size_t Compress(std::span<const std::byte> source, std::byte* target);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// Decompresses frames and keeps the context, 0.1 MiB. Not thread-safe.
class FrameDecompressor {
 public:
  FrameDecompressor();

  /// Decompresses `frame`, which must be one frame of exactly `size` bytes and nothing else, to
  /// `target`. Allocates nothing, whatever the frame says. `offset` is where the frame lies in the
  /// chunk or file, for the errors.
  /// \throws Error corrupt
  void Decompress(std::span<const std::byte> frame, std::uint64_t offset, std::byte* target,
                  std::size_t size);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace statestone::chunk
