// NumPy scalars and arrays, from the calls that would rebuild them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "interop/pickle/machine.h"
#include "statestone/dtype.h"

namespace statestone::pt {

/// A scalar: the bytes of one element.
struct NumpyScalar {
  DType dtype = DType::kFloat64;
  std::string element;
};

/// An array of plain numbers. Its bytes are in row-major order, or column-major if `fortran`.
struct NumpyArray {
  DType dtype = DType::kFloat64;
  std::vector<std::uint64_t> shape;
  bool fortran = false;
  pickle::ObjectId data = pickle::kNoObject;  ///< bytes of the pickle, or a latin-1 form of them
};

/// How NumPy spells a dtype: "f4" for float32. Empty for dtypes that it does not have.
std::string_view NumpyTypeCode(DType dtype) noexcept;

bool IsNumpyScalar(const pickle::ObjectStore& objects, pickle::ObjectId id);
bool IsNumpyArray(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// \throws Error corrupt; unrepresentable for other than little-endian numbers
NumpyScalar ReadNumpyScalar(const pickle::Pickle& pickle, pickle::ObjectId call);
/// \throws Error corrupt; unrepresentable for arrays of objects, texts, records and dates, and for
///     big-endian numbers
NumpyArray ReadNumpyArray(const pickle::Pickle& pickle, pickle::ObjectId call);

/// The bytes that an object of kind bytes, bytearray or old string stands for. Cost: a copy.
/// \throws Error corrupt when a latin-1 form is none
std::string BytesOf(const pickle::Pickle& pickle, pickle::ObjectId id);

/// An upper bound of the size of BytesOf, in constant time.
std::uint64_t BytesBound(const pickle::ObjectStore& objects, pickle::ObjectId id);

}  // namespace statestone::pt
