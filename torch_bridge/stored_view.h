// A torch tensor over bytes that stand in a file or in memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "statestone/tensor.h"

namespace statestone {

/// A tensor of the type and shape of `info` at `bytes`, without a copy, that keeps `owner` alive;
/// null: the caller does. Empty strides: dense row-major. It can be written if the bytes can.
/// \throws Error unsupported if torch does not know the element type
at::Tensor TensorOver(const std::byte* bytes, const TensorInfo& info,
                      std::span<const std::uint64_t> strides,
                      std::shared_ptr<const void> owner = nullptr);

/// A new tensor with memory of its own. \throws Error unsupported
at::Tensor NewTensor(const TensorInfo& info, std::span<const std::uint64_t> strides);

}  // namespace statestone
