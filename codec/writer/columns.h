// Turns described tensors and their places into the columns of an index.
#pragma once

#include <vector>

#include "codec/container/index_builder.h"
#include "codec/writer/placement.h"

namespace statestone::writer {

inline constexpr std::uint32_t kAnonymousScope = 0xFFFFFFFF;

/// Fills scopes, tensors, names, dims, order, strides and the two maps of `content`: named scopes
/// in the order they were added, each sorted by name, then the anonymous one.
/// \throws Error invalid_argument if a scope has one name twice; limit
void FillTensorColumns(const std::vector<TensorRecord>& tensors, const Placement& placement,
                       std::size_t scope_count, container::IndexContent& content);

}  // namespace statestone::writer
