// Tensors in memory that the measured jobs write and read, and a second set of equal size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "statestone/dtype.h"
#include "statestone/reader.h"
#include "statestone/writer.h"

namespace statestone::bench {

/// Memory that is there before anything is measured: every page was written once.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes);
  std::span<std::byte> bytes() { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_;
};

struct ModelTensor {
  std::string name;
  DType dtype;
  std::vector<std::uint64_t> shape;
  Buffer buffer;
};

/// The tensors of a file whose root is one dict of tensors, in its order.
std::vector<ModelTensor> LoadModel(const std::filesystem::path& path);

/// `count` float32 tensors of 16 Gaussian elements, with names of 30 characters.
std::vector<ModelTensor> MakeSmallTensors(std::size_t count);

std::uint64_t TotalBytes(std::vector<ModelTensor>& model);

/// Opens `path` and reads all its tensors into the model's own memory.
void Restore(const std::filesystem::path& path, const ReadOptions& options,
             std::vector<ModelTensor>& model);

WriteSummary Save(const std::filesystem::path& path, const WriteOptions& options,
                  std::vector<ModelTensor>& model);

}  // namespace statestone::bench
