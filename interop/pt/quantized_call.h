// Quantized tensors, from the calls that would rebuild them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "interop/pickle/machine.h"
#include "statestone/dtype.h"

namespace statestone::pt {

/// How the elements of a quantized tensor stand for numbers; ReadTensorCall gives the elements.
struct QuantizedSpec {
  std::string_view scheme;  ///< torch's name: "per_tensor_affine", "per_channel_affine", ...
  // Per tensor.
  double scale = 0;
  std::int64_t zero_point = 0;
  // Per channel: tensors with an element for each index of dimension `axis`.
  pickle::ObjectId scales = pickle::kNoObject;
  pickle::ObjectId zero_points = pickle::kNoObject;
  std::uint64_t axis = 0;

  bool per_channel() const { return scales != pickle::kNoObject; }
};

/// Whether a tensor holds a number for each index of dimension `axis` of `elements`.
bool AreChannels(DType dtype, std::span<const std::uint64_t> shape,
                 std::span<const std::uint64_t> elements, std::uint64_t axis);

/// Whether an object is a call that rebuilds a quantized tensor.
bool IsQuantizedCall(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// What such a call says of its elements. \throws Error corrupt; unrepresentable for a scheme that
/// torch does not save
QuantizedSpec ReadQuantizedCall(const pickle::Pickle& pickle, pickle::ObjectId call);

}  // namespace statestone::pt
