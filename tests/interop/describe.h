// What a .stone file holds, as JSON: the form in which make_pt_files.py says what it expects.
#pragma once

#include <nlohmann/json.hpp>

#include "statestone/reader.h"

namespace statestone {

/// Pairs of entry name and value; tensors with dtype, shape, strides and the SHA-256 of their
/// bytes.
nlohmann::json DescribeEntries(const Reader& reader);

/// The display paths of each group of tied tensors, each group sorted, groups sorted too.
nlohmann::json DescribeTies(const Reader& reader);

}  // namespace statestone
