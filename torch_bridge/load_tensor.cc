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

// Elements that fill their extent can be read as they lie; others share it with something else.
bool CanBeReadAsItLies(const TensorInfo& info) {
  return !info.strides.empty() && info.elements != 0 && info.extent_bytes == info.bytes;
}

at::Tensor Load(const Reader& reader, TensorRef tensor) {
  return LoadCopies(reader, std::span(&tensor, 1)).front();
}

}  // namespace

at::Tensor LoadCopy(const Reader& reader, std::string_view path) {
  return Load(reader, FindTensor(reader, path));
}

std::vector<at::Tensor> LoadCopies(const Reader& reader, std::span<const TensorRef> tensors) {
  std::vector<at::Tensor> loaded;
  std::vector<ReadRequest> requests;
  for (const TensorRef tensor : tensors) {
    const TensorInfo info = reader.tensor(tensor);
    if (CanBeReadAsItLies(info)) {
      loaded.push_back(NewTensor(info, info.strides));
      reader.ReadStorageRange(info.storage, info.offset, BytesOf(loaded.back()));
    } else {
      loaded.push_back(NewTensor(info, {}));
      requests.push_back({tensor, BytesOf(loaded.back())});
    }
  }
  reader.ReadMany(requests);
  return loaded;
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
