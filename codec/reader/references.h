// What the entries of an index refer to.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/container/index.h"

namespace statestone::reader {

/// In Value.tensor and Value.scope: none.
inline constexpr std::uint32_t kNoReference = 0xFFFFFFFF;

/// What values, models and tensor dicts of all entries refer to; configs, metadata and attributes
/// count.
struct References {
  std::vector<bool> tensors;
  std::vector<bool> scopes;  ///< the anonymous one is none
};

/// Linear in the index.
References FindReferences(const container::Index& index);

}  // namespace statestone::reader
