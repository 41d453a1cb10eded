// Where a strided tensor lies in memory, and what it shares with others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

namespace statestone {

/// Addresses from the first to behind the last byte that the tensor touches. Without elements both
/// ends are its data pointer.
struct MemoryExtent {
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
};

MemoryExtent ExtentOf(const at::Tensor& tensor);

/// Whether different indices always lie at different addresses. May say no of exotic strides under
/// which they do as well, never yes wrongly.
bool HasDistinctElements(const at::Tensor& tensor);

/// Whether both are the same elements at the same addresses with the same type.
bool IsSameView(const at::Tensor& a, const at::Tensor& b);

}  // namespace statestone
