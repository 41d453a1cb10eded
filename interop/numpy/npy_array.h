// What the header of a .npy file says of its array.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/file/byte_source.h"
#include "statestone/dtype.h"

namespace statestone::numpy {

struct NpyArray {
  DType dtype = DType::kFloat32;
  std::vector<std::uint64_t> shape;
  /// In elements, of a column-major array whose bytes are not in row-major order; empty: row-major.
  std::vector<std::uint64_t> strides;
  std::uint64_t header_bytes = 0;  ///< before the elements
  std::uint64_t data_bytes = 0;    ///< of all elements, which end with the file
};

/// Reads and checks the header of the .npy file that is [offset, offset + size) of `source`: its
/// version (1.0 to 3.0), its dict, and that the elements fill the rest of the file to the last
/// byte. Cost: the header, at most 64 KiB. \throws Error corrupt, limit, io; unsafe and unsupported
/// as DTypeOfDescriptor
NpyArray ReadNpyArray(const file::ByteSource& source, std::uint64_t offset, std::uint64_t size);

}  // namespace statestone::numpy
