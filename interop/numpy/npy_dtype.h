// Which of NumPy's dtypes are ours.
#pragma once

#include <string_view>

#include "statestone/dtype.h"

namespace statestone::numpy {

/// The dtype behind a descriptor such as "<f4": little-endian numbers and booleans. The extension
/// types of ml_dtypes (bfloat16, float8, int4) leave only "V2" or "V1" in the file, raw bytes of
/// that size: they become bits16 and bits8, whose user knows what they are. \throws Error unsafe
/// for objects, which are a pickle; unsupported for big-endian and structured types, texts, dates,
/// long double and all others
DType DTypeOfDescriptor(std::string_view descriptor);

}  // namespace statestone::numpy
