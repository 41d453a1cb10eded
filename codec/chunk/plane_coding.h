// Codes one byte plane in the way that makes it smallest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/chunk/chunk_layout.h"
#include "codec/chunk/exponent_pairs.h"
#include "codec/chunk/plane_sample.h"
#include "codec/chunk/scratch_buffer.h"
#include "codec/chunk/zstd_frame.h"

namespace statestone::chunk {

/// A plane as it was written: what its header says.
struct CodedPlane {
  PlaneCoding coding = PlaneCoding::kRaw;
  std::size_t size = 0;
};

/// Keeps compression contexts and buffers between planes. Not thread-safe.
class PlaneCoder {
 public:
  /// Room that a target needs for any coding of `units` bytes, those tried and dropped included.
  static std::size_t Room(std::size_t units);

  /// Codes `plane` into `target`. The candidates come from the profile, the choice between them
  /// from their sizes. `pairs` says whether that coding is among the candidates.
  CodedPlane Code(std::span<const std::byte> plane, const PlaneProfile& profile, bool pairs,
                  std::byte* target);

  /// Room for the packed codes of `units` bytes, valid until the next call of Code.
  std::byte* Packed(std::size_t units) { return packed_.AtLeast(PackedSize(units)); }
  Exceptions& exceptions() { return exceptions_; }

  /// Codes as `pairs` what was packed into Packed(units) and exceptions(). The size may come out
  /// larger than the plane: that is for the caller to see.
  CodedPlane CodePacked(std::size_t units, std::uint8_t top, std::byte* target);

 private:
  FrameCompressor symbols_{Redundancy::kSymbols};
  FrameCompressor repeats_{Redundancy::kRepeats};
  ScratchBuffer packed_;
  ScratchBuffer second_try_;
  Exceptions exceptions_;
};

}  // namespace statestone::chunk
