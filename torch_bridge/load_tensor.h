// One tensor of a file as a torch tensor.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>
#include <vector>

#include "statestone/reader.h"

namespace statestone {

/// StoredCheckpoint::LoadTensor into memory of its own.
at::Tensor LoadCopy(const Reader& reader, std::string_view path);

/// Several, those that lie row-major in parallel. \throws Error as Reader::Read
std::vector<at::Tensor> LoadCopies(const Reader& reader, std::span<const TensorRef> tensors);

/// StoredCheckpoint::LoadTensor with `view`; `writable` says how the file was opened.
at::Tensor LoadView(const Reader& reader, std::string_view path, bool writable);

}  // namespace statestone
