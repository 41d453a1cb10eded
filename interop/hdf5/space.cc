#include "interop/hdf5/space.h"

namespace statestone::hdf5 {

std::optional<std::vector<std::uint64_t>> ReadShape(hid_t space) {
  const H5S_class_t form = Expect(H5Sget_simple_extent_type(space), "a shape cannot be read");
  if (form == H5S_NULL) return std::nullopt;
  const int rank = Expect(H5Sget_simple_extent_ndims(space), "a shape cannot be read");
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  Expect(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "a shape cannot be read");
  return std::vector<std::uint64_t>(dims.begin(), dims.end());
}

}  // namespace statestone::hdf5
