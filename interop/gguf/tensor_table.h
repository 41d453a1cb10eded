// The list of tensors in the head of a GGUF file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interop/gguf/cursor.h"
#include "interop/gguf/tensor_type.h"

namespace statestone::gguf {

struct TensorRow {
  std::string name;
  const TensorType* type = nullptr;
  /// Row-major: the reverse of the file's order. For a quantized type of bytes, the last dimension
  /// being the bytes of a row.
  std::vector<std::uint64_t> shape;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;
};

/// Reads `count` rows, which end the head, and checks where their data are: aligned, inside the
/// file, no two sharing a byte. Cost: n log n. \throws Error corrupt, unsupported (a type that is
/// unknown), limit, io
std::vector<TensorRow> ReadTensorTable(Cursor& cursor, std::uint64_t count, std::uint64_t alignment,
                                       std::uint64_t& text_budget);

}  // namespace statestone::gguf
