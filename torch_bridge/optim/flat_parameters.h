// The parameters of LBFGS as one long vector.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace statestone::optim {

/// The gradients of all parameters, one behind the other; zeros for those without, real and
/// imaginary parts of complex ones side by side.
at::Tensor FlatGradient(const std::vector<at::Tensor>& params);

/// Adds `length` times the parts of `direction` to the parameters.
void MoveAlong(const std::vector<at::Tensor>& params, const at::Tensor& direction, double length);

std::vector<at::Tensor> CopiesOf(const std::vector<at::Tensor>& params);
void CopyInto(const std::vector<at::Tensor>& params, const std::vector<at::Tensor>& copies);

}  // namespace statestone::optim
