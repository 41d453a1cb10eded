// The dtypes of safetensors 0.8.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "statestone/dtype.h"

namespace statestone::safetensors {

struct DTypeRow {
  std::string_view name;  ///< as it stands in headers: "BF16"
  std::uint8_t bits = 0;  ///< of one element as headers count them
  /// Nothing for the 6-bit floats, which no torch has.
  std::optional<DType> dtype;
  std::uint8_t rank = 0;  ///< files have the tensors of higher ranks first
};

/// The row of a header's name, or nullptr.
const DTypeRow* FindByName(std::string_view name) noexcept;

/// The row of a dtype, or nullptr where safetensors has none for it.
const DTypeRow* FindByDType(DType dtype) noexcept;

}  // namespace statestone::safetensors
