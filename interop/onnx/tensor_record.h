// One tensor of an ONNX file, as it stands there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "interop/onnx/field_walk.h"
#include "schema/onnx.pb.h"

namespace statestone::onnx {

inline constexpr std::uint64_t kMostTextBytes = 64ull << 20;
inline constexpr std::uint64_t kMostRanges = 1ull << 20;

/// What tensors and the model may take of memory, counted down.
struct Allowance {
  std::uint64_t text_bytes = kMostTextBytes;
  std::uint64_t ranges = kMostRanges;

  /// \throws Error limit
  void SpendText(std::uint64_t bytes);
  void SpendRange();
};

struct TensorRecord {
  wire::Tensor fields;       ///< all but the elements
  std::optional<Range> raw;  ///< elements as they are
  int typed_field = 0;       ///< or the field that has them
  std::vector<Range> typed;
  bool has_texts = false;
};

/// Reads the tensor that is the value of `field`. \throws Error corrupt, limit, io
TensorRecord ReadTensor(FieldWalk& walk, const Field& field, Allowance& allowance);

}  // namespace statestone::onnx
