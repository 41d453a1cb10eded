// The header of NumPy's .npy files, and how dtypes of tensors go into them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/dtype.h"

namespace statestone::numpy {

/// How a dtype is written. NumPy has no bfloat16, float8 and the like: their bytes are kept as
/// unsigned integers of the same size, complex32 as two of them in one more dimension.
struct NpyType {
  std::string_view descriptor;  ///< such as "<f4"
  bool as_bytes = false;        ///< the numbers that NumPy shows are bits, not values
  bool extra_pair = false;      ///< a last dimension of 2 was added
};
NpyType NpyTypeOf(DType dtype);

/// Magic, version 1.0, length and description, padded so that data start at a multiple of 64.
/// Version 1.0 always does: the description of 64 dimensions is under its 65535 bytes.
std::string NpyHeader(std::string_view descriptor, std::span<const std::uint64_t> shape,
                      bool fortran_order = false);

}  // namespace statestone::numpy
