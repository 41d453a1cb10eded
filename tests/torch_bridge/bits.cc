#include "tests/torch_bridge/bits.h"

#include <cstring>
#include <random>

#include "statestone/module.h"

namespace statestone {
namespace {

void Scramble(const at::Tensor& tensor, unsigned seed) {
  std::mt19937 random(seed);
  auto* bytes = static_cast<std::uint8_t*>(tensor.mutable_data_ptr());
  const bool is_bool = tensor.scalar_type() == at::kBool;
  for (std::size_t i = 0; i < tensor.nbytes(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(is_bool ? random() & 1 : random() & 0xFF);
  }
}

at::Tensor AsIntegers(const at::Tensor& tensor) {
  switch (tensor.element_size()) {
    case 1:
      return tensor.view(at::kByte);
    case 2:
      return tensor.view(at::kShort);
    case 4:
      return tensor.view(at::kInt);
    case 8:
      return tensor.view(at::kLong);
    default:
      return tensor;
  }
}

}  // namespace

std::string BitsOf(const at::Tensor& tensor) {
  const at::Tensor rows = AsIntegers(tensor.detach()).contiguous();
  return {static_cast<const char*>(rows.const_data_ptr()), rows.nbytes()};
}

at::Tensor RandomBits(const std::vector<int64_t>& shape, c10::ScalarType type, unsigned seed) {
  at::Tensor tensor = torch::empty(shape, at::TensorOptions(type));
  Scramble(tensor, seed);
  return tensor;
}

void FillWithRandomBits(const torch::nn::Module& module, unsigned seed) {
  for (const NamedTensor& named : NamedTensors(module)) {
    TORCH_CHECK(named.tensor.is_non_overlapping_and_dense(), "cannot fill ", named.name);
    Scramble(named.tensor, seed++);
  }
}

std::map<std::string, std::string> BitsOf(const torch::nn::Module& module) {
  std::map<std::string, std::string> bits;
  for (const NamedTensor& named : NamedTensors(module)) bits[named.name] = BitsOf(named.tensor);
  return bits;
}

std::vector<std::string> NamesOf(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const NamedTensor& named : NamedTensors(module)) names.push_back(named.name);
  return names;
}

BufferBag::BufferBag(const std::vector<std::pair<std::string, at::Tensor>>& buffers) {
  for (const auto& [name, tensor] : buffers) register_buffer(name, tensor);
}

}  // namespace statestone
