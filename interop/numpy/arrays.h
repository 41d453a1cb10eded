// A checkpoint of any form as a list of named arrays: all that an .npz file has room for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interop/numpy/npy_header.h"
#include "statestone/checkpoint.h"
#include "statestone/export.h"

namespace statestone::numpy {

struct ArrayToWrite {
  std::string name;
  std::string path;  ///< display path of the tensor
  TensorRef ref;
  bool fortran = false;  ///< its memory is in column-major order, and is written as it is
  std::string header;    ///< of its .npy file
  std::uint64_t bytes = 0;
};

struct Arrays {
  std::vector<ArrayToWrite> arrays;  ///< in the order of the checkpoint
  std::vector<LostEntry> lost;
};

/// The tensors of one tensor dict under the empty entry name keep their names, all others stand
/// under their display paths. `lost` lists values, models' own data, attachments, attributes of
/// dicts, dtypes that NumPy has not (their bits are written as unsigned integers), ties (the bytes
/// are written for each tensor), strides that are neither row-major nor column-major, and tensors
/// whose names a zip archive cannot hold, which are left out. Whether tensors ask for gradients is
/// not listed: no NumPy file has it. Cost: n log n.
Arrays ListArrays(const Checkpoint& checkpoint);

}  // namespace statestone::numpy
