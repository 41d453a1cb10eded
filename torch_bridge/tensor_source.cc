#include "torch_bridge/tensor_source.h"

#include <map>
#include <optional>
#include <utility>

#include "statestone/error.h"
#include "statestone/torch_dtype.h"

namespace statestone {
namespace {

// The problem and what to do about it, or nothing.
std::optional<std::pair<std::string, std::string>> WhyNot(const at::Tensor& tensor) {
  using Reason = std::pair<std::string, std::string>;
  if (!tensor.defined()) return Reason("undefined tensor", "leave it out");
  if (tensor.is_nested()) return Reason("nested tensor", "save its parts");
  if (tensor.is_quantized()) {
    return Reason("quantized tensor", "save int_repr(), scale and zero point");
  }
  if (tensor.layout() != at::kStrided) {
    return Reason("tensor that is not strided", "save its indices and values, or to_dense()");
  }
  if (tensor.is_meta()) return Reason("tensor without memory", "give it memory first");
  if (tensor.is_conj()) return Reason("conjugate view", "save resolve_conj()");
  if (tensor.is_neg()) return Reason("negative view", "save resolve_neg()");
  if (tensor._is_zerotensor()) return Reason("tensor without memory", "save clone()");
  if (!ToDType(tensor.scalar_type())) return Reason("element type", "convert it");
  if (!tensor.has_storage()) return Reason("tensor without storage", "save what it wraps");
  if (tensor.numel() != 0 && tensor.const_data_ptr() == nullptr) {
    return Reason("tensor without memory", "give it memory first");
  }
  return std::nullopt;
}

// All bytes of the storage on the CPU, once for all tensors of it.
at::Tensor StorageOnHost(const at::Tensor& tensor) {
  const auto bytes = static_cast<std::int64_t>(tensor.storage().nbytes());
  return at::empty({0}, tensor.options().dtype(at::kByte).requires_grad(false))
      .set_(tensor.storage(), 0, {bytes}, {1})
      .to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor SameViewOf(const at::Tensor& host_bytes, const at::Tensor& tensor) {
  return at::empty({0}, tensor.options().device(at::kCPU).requires_grad(false))
      .set_(host_bytes.storage(), tensor.storage_offset(), tensor.sizes(), tensor.strides());
}

}  // namespace

void RequireRepresentable(const at::Tensor& tensor, const std::string& path) {
  const auto reason = WhyNot(tensor);
  if (!reason) return;
  throw Error(ErrorCode::kUnrepresentable,
              {.entry = path,
               .problem = "a .stone file cannot hold this: " + reason->first,
               .found = tensor.defined() ? tensor.toString() : std::string(),
               .advice = reason->second});
}

std::vector<at::Tensor> HostCopies(const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_grad;
  std::map<const void*, int> users;
  for (const at::Tensor& tensor : tensors) ++users[tensor.storage().unsafeGetStorageImpl()];
  std::map<const void*, at::Tensor> storages;
  std::vector<at::Tensor> copies;
  for (const at::Tensor& tensor : tensors) {
    const void* storage = tensor.storage().unsafeGetStorageImpl();
    at::Tensor copy;
    if (users[storage] == 1) {
      copy = tensor.detach().to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
    } else {
      at::Tensor& bytes = storages[storage];
      if (!bytes.defined()) bytes = StorageOnHost(tensor);
      copy = SameViewOf(bytes, tensor);
    }
    const bool may_require = copy.is_floating_point() || copy.is_complex();
    copies.push_back(copy.set_requires_grad(may_require && tensor.requires_grad()));
  }
  return copies;
}

void BringToHost(std::vector<at::Tensor>& tensors) {
  std::vector<std::size_t> elsewhere;
  std::vector<at::Tensor> originals;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].is_cpu()) continue;
    elsewhere.push_back(i);
    originals.push_back(tensors[i]);
  }
  std::vector<at::Tensor> copies = HostCopies(originals);
  for (std::size_t i = 0; i < elsewhere.size(); ++i) tensors[elsewhere[i]] = std::move(copies[i]);
}

TensorSource Describe(const at::Tensor& tensor, std::string name, TensorKind kind) {
  TensorSource source{.name = std::move(name), .dtype = *ToDType(tensor.scalar_type())};
  source.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
  if (!tensor.is_contiguous() && tensor.numel() != 0) {
    source.strides.assign(tensor.strides().begin(), tensor.strides().end());
  }
  source.data = tensor.const_data_ptr();
  source.kind = kind;
  source.requires_grad = tensor.requires_grad();
  return source;
}

}  // namespace statestone
