// What the elements of a dataset or an attribute are.
#pragma once

#include <optional>
#include <string>

#include "interop/hdf5/library.h"
#include "statestone/dtype.h"

namespace statestone::hdf5 {

struct NumberType {
  DType dtype = DType::kFloat32;
  Handle in_memory;        ///< what to ask the library for: little-endian, without padding
  bool as_stored = false;  ///< whether the bytes in the file are the same
};

/// A type of numbers that has a counterpart: integers and floats of whole bytes, float16 and
/// bfloat16, booleans and complex numbers as h5py stores them. Nothing for every other type.
std::optional<NumberType> FindNumberType(hid_t type);

bool IsText(hid_t type);

/// "a compound type", for errors.
std::string DescribeType(hid_t type);

}  // namespace statestone::hdf5
