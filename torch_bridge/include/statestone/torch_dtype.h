// Between torch's element types and those of the format.
#pragma once

#include <c10/core/ScalarType.h>

#include <optional>

#include "statestone/dtype.h"

namespace statestone {

/// The format's element type for a type of torch; nothing for quantized types and Undefined, which
/// the format does not hold. Constant time.
std::optional<DType> ToDType(c10::ScalarType type) noexcept;

/// The way back: each DType has exactly one type of torch.
/// \throws Error invalid_argument for a number outside the list
c10::ScalarType ToScalarType(DType dtype);

}  // namespace statestone
