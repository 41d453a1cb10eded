#include "torch_bridge/optim/flat_parameters.h"

#include <torch/torch.h>

namespace statestone::optim {
namespace {

at::Tensor Real(const at::Tensor& tensor) {
  return tensor.is_complex() ? at::view_as_real(tensor) : tensor;
}

}  // namespace

at::Tensor FlatGradient(const std::vector<at::Tensor>& params) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& param : params) {
    at::Tensor part = param.grad();
    if (!part.defined()) part = torch::zeros({param.numel()}, param.options().requires_grad(false));
    if (part.is_sparse()) part = part.to_dense();
    parts.push_back(Real(part.view(-1)).view(-1));
  }
  return torch::cat(parts, 0);
}

void MoveAlong(const std::vector<at::Tensor>& params, const at::Tensor& direction, double length) {
  std::int64_t offset = 0;
  for (const at::Tensor& whole : params) {
    at::Tensor param = Real(whole);
    const std::int64_t size = param.numel();
    param.add_(direction.slice(0, offset, offset + size).view_as(param), length);
    offset += size;
  }
}

std::vector<at::Tensor> CopiesOf(const std::vector<at::Tensor>& params) {
  std::vector<at::Tensor> copies;
  for (const at::Tensor& param : params)
    copies.push_back(param.clone(at::MemoryFormat::Contiguous));
  return copies;
}

void CopyInto(const std::vector<at::Tensor>& params, const std::vector<at::Tensor>& copies) {
  for (std::size_t i = 0; i < params.size(); ++i) {
    at::Tensor param = params[i];
    param.copy_(copies[i]);
  }
}

}  // namespace statestone::optim
