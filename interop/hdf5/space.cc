#include "interop/hdf5/space.h"

#include <array>

namespace statestone::hdf5 {

std::optional<std::vector<std::uint64_t>> ReadShape(hid_t space) {
  const H5S_class_t form = Expect(H5Sget_simple_extent_type(space), "a shape cannot be read");
  if (form == H5S_NULL) return std::nullopt;
  const int rank = Expect(H5Sget_simple_extent_ndims(space), "a shape cannot be read");
  Require(CheckSite::kHdf5Rank, rank <= H5S_MAX_RANK, [&] {
    return Error(ErrorCode::kLimit, {.problem = "a shape has too many dimensions",
                                     .expected = "at most " + std::to_string(H5S_MAX_RANK),
                                     .found = std::to_string(rank)});
  });
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  Expect(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "a shape cannot be read");
  return std::vector<std::uint64_t>(dims.begin(), dims.begin() + rank);
}

}  // namespace statestone::hdf5
