// The shape of a dataset or an attribute.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "interop/hdf5/library.h"

namespace statestone::hdf5 {

/// Nothing for a space that is empty by declaration: h5py.Empty. No dimension: a scalar.
/// \throws Error corrupt
std::optional<std::vector<std::uint64_t>> ReadShape(hid_t space);

}  // namespace statestone::hdf5
