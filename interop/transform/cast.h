// A checkpoint with its floating point tensors in another element type, described.
#pragma once

#include <memory>

#include "interop/tensor_math/cast_elements.h"
#include "statestone/checkpoint.h"

namespace statestone {

struct CastReport {
  std::uint64_t tensors = 0;  ///< that are turned into another dtype
  /// Of all of them: complete once the description was written, since elements are turned as they
  /// are read.
  tensor_math::CastLoss loss;
};

struct CastCheckpoint {
  Checkpoint checkpoint;
  std::shared_ptr<const CastReport> report;
};

/// Tensors of float16, bfloat16, float32 and float64 become `dtype`; all else stays, also what
/// belongs to an optimizer's state_dict, whose counters and moments need their digits. Tied tensors
/// stay tied, and are held in memory for it; other tensors are turned piece by piece.
/// \throws Error invalid_argument (`dtype` is none of the four), unrepresentable (tied tensors that
///     see their memory as elements of several dtypes)
CastCheckpoint Cast(std::shared_ptr<const Checkpoint> source, DType dtype);

}  // namespace statestone
