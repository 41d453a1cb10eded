// A guess at what a plane has to offer to a coder, from a few of its bytes. Integer arithmetic
// only: the guess decides what is stored, so it must not depend on a processor's or a library's
// rounding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/chunk/chunk_codec.h"
#include "codec/chunk/chunk_layout.h"

namespace statestone::chunk {

/// Bits for a byte, in fractions of 1 / 65536 bit.
using Bits = std::uint32_t;
constexpr Bits BitsFromMilli(std::uint32_t thousandths) { return thousandths * 65536u / 1000u; }

/// What the sampled bytes of one plane say.
struct PlaneProfile {
  bool one_value = false;  ///< no two sampled bytes differ
  bool repeats = false;    ///< it seems that strings come again: worth a search for matches
  Bits entropy = 0;        ///< order 0, corrected for the size of the sample
  std::uint8_t top = 0;    ///< best window for the coding `pairs`
  Bits pairs_entropy = 0;  ///< the same for the codes of that window, exceptions' bytes included
  bool few_exceptions = false;  ///< so few that `pairs` is worth a try

  /// Whether coding would gain next to nothing.
  bool Incompressible() const;
};

/// Samples of all planes of a chunk. About 4 us for each plane; keeps its memory between calls.
class ChunkSampler {
 public:
  /// Profiles of the shape.unit planes of `units` units at `raw`.
  std::span<const PlaneProfile> Sample(const std::byte* raw, std::size_t units, Shape shape);

 private:
  static constexpr std::size_t kWindowUnits = 256;
  static constexpr std::size_t kWindows = 8;
  static constexpr std::size_t kSampleUnits = kWindowUnits * kWindows;

  PlaneProfile Profile(std::span<const std::byte> bytes, Shape shape);
  bool HasRepeats(std::span<const std::byte> bytes);

  std::array<std::byte, kMaxPlanes * kSampleUnits> samples_;
  std::array<PlaneProfile, kMaxPlanes> profiles_;
  std::array<std::uint16_t, 2 * kSampleUnits> places_;
};

}  // namespace statestone::chunk
