// The element types of ONNX, and how each is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "statestone/dtype.h"

namespace statestone::onnx {

struct DataType {
  int number = 0;
  std::string_view name;
  std::uint64_t bits = 0;      ///< of an element in raw data
  std::optional<DType> dtype;  ///< nothing for those of less than a byte, and for texts
  int typed_field = 0;         ///< of a Tensor, that holds the elements where raw data does not
  bool is_signed = false;      ///< of integers
};

/// The row of a number in a file, or nullptr.
const DataType* FindDataType(int number) noexcept;

}  // namespace statestone::onnx
