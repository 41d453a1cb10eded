#include "bench/file_bench/model.h"

#include <cstdio>
#include <cstring>
#include <utility>

namespace statestone::bench {
namespace {

std::vector<TensorRef> RootTensors(const Reader& reader) {
  return reader.Tensors(reader.ReadValue("").AsScope());
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : data_(new std::byte[bytes]), size_(bytes) {
  std::memset(data_.get(), 1, bytes);
}

std::vector<ModelTensor> LoadModel(const std::filesystem::path& path) {
  const Reader reader = Reader::Open(path);
  std::vector<ModelTensor> model;
  for (TensorRef tensor : RootTensors(reader)) {
    const TensorInfo info = reader.tensor(tensor);
    model.push_back({std::string(info.name),
                     info.dtype->dtype,
                     {info.shape.begin(), info.shape.end()},
                     Buffer(info.bytes)});
    reader.Read(tensor, model.back().buffer.bytes());
  }
  return model;
}

std::vector<ModelTensor> MakeSmallTensors(std::size_t count) {
  std::vector<ModelTensor> model;
  model.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    char name[40];
    std::snprintf(name, sizeof name, "layers.%07zu.attention.query", i);
    model.push_back({name, DType::kFloat32, {16}, Buffer(16 * sizeof(float))});
    auto* values = reinterpret_cast<std::uint32_t*>(model.back().buffer.bytes().data());
    // Random mantissas: what packs to nothing would flatter.
    for (std::size_t k = 0; k < 16; ++k) {
      const std::uint64_t mixed = (i * 16 + k + 1) * 0x9E3779B97F4A7C15U;
      values[k] = 0x3C000000U | static_cast<std::uint32_t>(mixed >> 39);
    }
  }
  return model;
}

std::uint64_t TotalBytes(std::vector<ModelTensor>& model) {
  std::uint64_t total = 0;
  for (ModelTensor& tensor : model) total += tensor.buffer.bytes().size();
  return total;
}

void Restore(const std::filesystem::path& path, const ReadOptions& options,
             std::vector<ModelTensor>& model) {
  const Reader reader = Reader::Open(path, options);
  const auto tensors = RootTensors(reader);
  std::vector<ReadRequest> requests;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    requests.push_back({tensors[i], model.at(i).buffer.bytes()});
  }
  reader.ReadMany(requests);
}

WriteSummary Save(const std::filesystem::path& path, const WriteOptions& options,
                  std::vector<ModelTensor>& model) {
  Writer writer(path, options);
  const ScopeRef scope = writer.AddScope();
  for (ModelTensor& tensor : model) {
    writer.AddTensor(scope, {.name = tensor.name,
                             .dtype = tensor.dtype,
                             .shape = tensor.shape,
                             .data = tensor.buffer.bytes().data()});
  }
  writer.AddValue("", Value::TensorDict(scope));
  return writer.Finish();
}

}  // namespace statestone::bench
