// Codes and decodes one chunk: a run of units of one storage. Pure functions of bytes: no files, no
// threads, and the same input always gives the same output. Layout: spec/format.md, "Coded chunks".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/chunk/scratch_buffer.h"

namespace statestone::chunk {

/// What the bytes of a storage are made of, as the index says it.
struct Shape {
  std::uint8_t unit = 1;  ///< bytes of one unit: 1, 2, 4 or 8
  bool rotate = false;  ///< rotate each unit left by one bit first: exponent to the top (unit >= 2)
};

/// Encodes chunks; keeps its compression context and buffers between calls, so one for each thread.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  /// Codes `raw` (at most limits::kChunkBytes; any length, the bytes that do not fill a unit
  /// included) and returns the stored bytes, valid until the next call. With `verify`, every coded
  /// plane is decoded again and compared first.
  /// \throws Error corrupt when `verify` finds that the coded bytes do not give `raw` back
  std::span<const std::byte> Encode(std::span<const std::byte> raw, Shape shape, bool verify);

  /// The same into a buffer of the caller's, valid as long as that is not asked for more.
  std::span<const std::byte> Encode(std::span<const std::byte> raw, Shape shape, bool verify,
                                    ScratchBuffer& target);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Decodes chunks; keeps its decompression context and buffers between calls, so one for each
/// thread.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Decodes `stored` into exactly `raw.size()` bytes. The stored bytes are hostile: they may have
  /// passed a checksum and still be wrong. Fields of errors: offset is relative to `stored`.
  /// \throws Error corrupt, unsupported (a plane coding of the future)
  void Decode(std::span<const std::byte> stored, Shape shape, std::span<std::byte> raw);

  /// Decodes `stored` without keeping the result: the offset of the first byte that is not as in
  /// `raw`, if there is one. Costs less than decoding and comparing. Errors as Decode.
  std::optional<std::size_t> FirstDifference(std::span<const std::byte> stored, Shape shape,
                                             std::span<const std::byte> raw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Upper bound of the stored size of a coded chunk of `raw_size` bytes.
std::uint64_t EncodedBound(std::uint64_t raw_size, Shape shape);

}  // namespace statestone::chunk
