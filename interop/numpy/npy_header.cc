#include "interop/numpy/npy_header.h"

#include <cstddef>

namespace statestone::numpy {

NpyType NpyTypeOf(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return {"|b1"};
    case DType::kUInt8:
      return {"|u1"};
    case DType::kInt8:
      return {"|i1"};
    case DType::kUInt16:
      return {"<u2"};
    case DType::kInt16:
      return {"<i2"};
    case DType::kUInt32:
      return {"<u4"};
    case DType::kInt32:
      return {"<i4"};
    case DType::kUInt64:
      return {"<u8"};
    case DType::kInt64:
      return {"<i8"};
    case DType::kFloat16:
      return {"<f2"};
    case DType::kFloat32:
      return {"<f4"};
    case DType::kFloat64:
      return {"<f8"};
    case DType::kComplex64:
      return {"<c8"};
    case DType::kComplex128:
      return {"<c16"};
    case DType::kComplex32:
      return {"<u2", true, true};
    default:
      return {ElementBytes(dtype) == 2 ? "<u2" : "|u1", true};
  }
}

std::string NpyHeader(std::string_view descriptor, std::span<const std::uint64_t> shape,
                      bool fortran_order) {
  constexpr std::size_t kBefore = 10;  // magic, version, length
  constexpr std::size_t kAlignment = 64;
  std::string description = "{'descr': '";
  description.append(descriptor)
      .append("', 'fortran_order': ")
      .append(fortran_order ? "True" : "False")
      .append(", 'shape': (");
  for (const std::uint64_t dim : shape) description += std::to_string(dim) + ", ";
  if (shape.size() > 1) description.resize(description.size() - 2);
  if (shape.size() == 1) description.pop_back();
  description += "), }";
  const std::size_t used = kBefore + description.size() + 1;
  description.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  description += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(description.size() & 0xFF);
  header += static_cast<char>(description.size() >> 8);
  return header + description;
}

}  // namespace statestone::numpy
