// The members of a group, by the names of their links.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interop/hdf5/library.h"

namespace statestone::hdf5 {

inline constexpr std::uint64_t kMostLinks = 4ull << 20;

struct Link {
  std::string name;
  H5L_type_t type;
};

/// In the order in which they were made, where the file keeps that, otherwise by name. `left`
/// counts down the links of a whole file. \throws Error corrupt, limit
std::vector<Link> ReadLinks(hid_t group, std::uint64_t& left);

/// The names of an object's attributes in their order; counted as links.
std::vector<std::string> ReadAttributeNames(hid_t object, std::uint64_t& left);

}  // namespace statestone::hdf5
