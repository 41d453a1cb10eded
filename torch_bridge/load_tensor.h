// One tensor of a file as a torch tensor.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "statestone/reader.h"

namespace statestone {

/// StoredCheckpoint::LoadTensor into memory of its own.
at::Tensor LoadCopy(const Reader& reader, std::string_view path);

/// StoredCheckpoint::LoadTensor with `view`; `writable` says how the file was opened.
at::Tensor LoadView(const Reader& reader, std::string_view path, bool writable);

}  // namespace statestone
