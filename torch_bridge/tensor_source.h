// From at::Tensor to what the Writer takes.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "statestone/tensor.h"
#include "statestone/writer.h"

namespace statestone {

/// \throws Error unrepresentable with `path` as the entry, if the format cannot hold `tensor` as it
///     is: undefined, not strided, quantized, nested, a conjugate or negative view, without memory
void RequireRepresentable(const at::Tensor& tensor, const std::string& path);

/// Replaces every tensor that is not on the CPU by a copy that is. Tensors of one storage share one
/// afterwards too, so that ties survive; one that is alone in its storage is copied by itself.
/// \throws what torch throws when memory runs out
void BringToHost(std::vector<at::Tensor>& tensors);

/// Copies as BringToHost does, whatever the device: what makes that testable without a second one.
std::vector<at::Tensor> HostCopies(const std::vector<at::Tensor>& tensors);

/// What the Writer needs of a representable CPU tensor, which must outlive it.
TensorSource Describe(const at::Tensor& tensor, std::string name, TensorKind kind);

}  // namespace statestone
