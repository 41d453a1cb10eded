// Tensors as bits: what a round trip has to keep.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

namespace statestone {

/// The elements in row-major order, as they lie in memory.
std::string BitsOf(const at::Tensor& tensor);

/// A tensor of any element type with random bits (bools are 0 or 1): NaNs of every payload, -0.0,
/// subnormals. The same seed gives the same bits.
at::Tensor RandomBits(const std::vector<int64_t>& shape, c10::ScalarType type, unsigned seed);

/// Writes random bits over every parameter and buffer.
void FillWithRandomBits(const torch::nn::Module& module, unsigned seed);

/// The bits of all parameters and buffers by name.
std::map<std::string, std::string> BitsOf(const torch::nn::Module& module);

/// The names of all parameters and buffers, in order.
std::vector<std::string> NamesOf(const torch::nn::Module& module);

/// A module of nothing but the buffers it is given.
struct BufferBag : torch::nn::Module {
  explicit BufferBag(const std::vector<std::pair<std::string, at::Tensor>>& buffers);
};

}  // namespace statestone
