// Tensors, from the calls that would rebuild them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "interop/pickle/machine.h"
#include "interop/pt/storages.h"
#include "statestone/tensor.h"

namespace statestone::pt {

/// A view of a storage, checked to lie inside it.
struct TensorSpec {
  DType dtype = DType::kFloat32;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> strides;  ///< in elements, as many as the shape has; none negative
  std::uint32_t record = 0;            ///< which bytes, as StorageView has it
  std::uint64_t offset = 0;            ///< of element (0, ..., 0), in bytes
  std::uint64_t extent = 0;            ///< bytes from the first to behind the last it touches
  std::uint64_t bytes = 0;             ///< of its elements
  TensorKind kind = TensorKind::kTensor;
  bool requires_grad = false;
  /// torch's name of the quantized dtype whose integers these are, such as "qint8"; else empty.
  std::string_view quantized;
  /// Python attributes that it carried, an object of the pickle; kNoObject for none.
  pickle::ObjectId attributes = pickle::kNoObject;
};

/// Whether an object is a call that rebuilds a tensor.
bool IsTensorCall(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// Whether it is one of these, or rebuilds a quantized tensor, whose integers are one.
bool ViewsStorage(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// The tensor that a call which views a storage would give.
/// \throws Error corrupt, unrepresentable (conj and neg bits, subclasses), limit
TensorSpec ReadTensorCall(const pickle::Pickle& pickle, Storages& storages, pickle::ObjectId call);

}  // namespace statestone::pt
