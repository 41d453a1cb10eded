#include "bench/file_bench/model.h"

#include <cstdio>
#include <cstring>
#include <random>
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
  std::mt19937_64 random(1);
  std::normal_distribution<float> weight(0, 0.02F);
  std::vector<ModelTensor> model;
  model.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    char name[40];
    std::snprintf(name, sizeof name, "layers.%07zu.attention.query", i);
    float values[16];
    for (float& value : values) value = weight(random);
    model.push_back({name, DType::kFloat32, {16}, Buffer(sizeof values)});
    std::memcpy(model.back().buffer.bytes().data(), values, sizeof values);
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
