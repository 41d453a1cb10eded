// The element types of GGUF tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "statestone/dtype.h"

namespace statestone::gguf {

/// A type of numbers, or a quantized one, of which so many elements of a row share a block.
struct TensorType {
  std::uint32_t number;          ///< in files
  std::string_view name;         ///< such as "Q4_K"
  std::uint32_t block_elements;  ///< 1: not quantized
  std::uint32_t block_bytes;
  std::optional<DType> dtype;  ///< nothing: quantized
};

/// The row of a number, or nullptr: a type that is unknown, or that GGUF has given up.
const TensorType* FindTensorType(std::uint32_t number);

}  // namespace statestone::gguf
