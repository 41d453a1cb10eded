// The state of torch's default generator of random numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace statestone {

/// 5056 bytes, uint8: the state of a Mersenne Twister as torch lays it out.
at::Tensor CpuRngState();

/// \throws Error mismatch, `entry` being its entry, unless `state` is such a tensor
void SetCpuRngState(const at::Tensor& state, std::string_view entry);

}  // namespace statestone
