#include "torch_bridge/load_tensor.h"

#include <optional>
#include <string>

#include "torch_bridge/stored_view.h"

namespace statestone {
namespace {

TensorRef FindTensor(const Reader& reader, std::string_view path) {
  const std::optional<TensorRef> tensor = reader.FindTensor(path);
  if (tensor) return *tensor;
  throw Error(ErrorCode::kNotFound, {.entry = std::string(path),
                                     .problem = "no such tensor",
                                     .advice = "statestone inspect lists what is in the file"});
}

std::span<std::byte> BytesOf(const at::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.mutable_data_ptr()), tensor.nbytes()};
}

at::Tensor Load(const Reader& reader, TensorRef tensor) {
  const TensorInfo info = reader.tensor(tensor);
  // Elements that fill their extent can be read as they lie; others share it with something else.
  const bool as_it_lies =
      !info.strides.empty() && info.elements != 0 && info.extent_bytes == info.bytes;
  at::Tensor loaded = NewTensor(info, as_it_lies ? info.strides : decltype(info.strides)());
  if (as_it_lies) {
    reader.ReadStorageRange(info.storage, info.offset, BytesOf(loaded));
  } else {
    reader.Read(tensor, BytesOf(loaded));
  }
  return loaded;
}

}  // namespace

at::Tensor LoadCopy(const Reader& reader, std::string_view path) {
  return Load(reader, FindTensor(reader, path));
}

at::Tensor LoadView(const Reader& reader, std::string_view path, bool writable) {
  const TensorRef tensor = FindTensor(reader, path);
  if (!writable) {
    // torch has no read-only tensors: a write into such a map would end the process.
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = std::string(path),
                 .problem = "a view of a file that was opened without writable views",
                 .advice = "open it with ReadOptions::writable_views"});
  }
  std::optional<View> view = reader.ViewInPlace(tensor);
  if (!view) return Load(reader, tensor);
  const TensorInfo info = reader.tensor(tensor);
  return TensorOver(view->bytes.data(), info, info.strides, std::move(view->owner));
}

}  // namespace statestone
