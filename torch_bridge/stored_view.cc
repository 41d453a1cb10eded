#include "torch_bridge/stored_view.h"

#include <ATen/Functions.h>

#include <utility>
#include <vector>

#include "statestone/error.h"
#include "statestone/torch_dtype.h"

namespace statestone {
namespace {

std::vector<std::int64_t> Signed(std::span<const std::uint64_t> numbers) {
  return {numbers.begin(), numbers.end()};
}

at::TensorOptions OptionsOf(const TensorInfo& info) {
  if (info.dtype == nullptr) {
    throw Error(ErrorCode::kUnsupported, {.entry = std::string(info.name),
                                          .problem = "element type of a later version",
                                          .found = std::string(info.dtype_name),
                                          .advice = "use a newer version of the library"});
  }
  return at::TensorOptions(ToScalarType(info.dtype->dtype));
}

}  // namespace

at::Tensor TensorOver(const std::byte* bytes, const TensorInfo& info,
                      std::span<const std::uint64_t> strides, std::shared_ptr<const void> owner) {
  // Without elements there is nothing to share, and from_blob does not want to be asked.
  if (info.elements == 0) return NewTensor(info, {});
  const at::TensorOptions options = OptionsOf(info);
  const std::vector<std::int64_t> shape = Signed(info.shape);
  const auto keep_alive = [owner = std::move(owner)](void*) {};
  if (strides.empty()) {
    return at::from_blob(const_cast<std::byte*>(bytes), shape, keep_alive, options);
  }
  return at::from_blob(const_cast<std::byte*>(bytes), shape, Signed(strides), keep_alive, options);
}

at::Tensor NewTensor(const TensorInfo& info, std::span<const std::uint64_t> strides) {
  const at::TensorOptions options = OptionsOf(info);
  const std::vector<std::int64_t> shape = Signed(info.shape);
  if (strides.empty()) return at::empty(shape, options);
  return at::empty_strided(shape, Signed(strides), options);
}

}  // namespace statestone
