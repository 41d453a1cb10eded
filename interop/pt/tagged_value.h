// Maps that stand for tensors which a .stone file keeps by their parts: section 7.2 of the format.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "interop/pt/sparse_layout.h"
#include "statestone/checkpoint.h"

namespace statestone::pt {

/// "quantized", under that key.
inline constexpr std::string_view kQuantizedTag = "quantized";

struct TaggedSparse {
  const SparseLayout* layout = nullptr;
  std::vector<TensorRef> parts;
  const Value* size = nullptr;  ///< inside the map
  std::optional<bool> is_coalesced;
};

struct TaggedQuantized {
  std::string_view dtype;  ///< "qint8", "quint8" or "qint32"
  std::string_view scheme;
  TensorRef elements;
  double scale = 0;
  std::int64_t zero_point = 0;
  // Per channel.
  std::optional<TensorRef> scales;
  std::optional<TensorRef> zero_points;
  std::uint64_t axis = 0;
};

/// What a map stands for, or nothing where it is some other map: one whose keys, kinds of values,
/// dtypes or shapes are not those of the convention is a map and no more. Indices are not looked
/// at. The map must outlive the result.
std::optional<TaggedSparse> ReadTaggedSparse(const Checkpoint& checkpoint, const Value& map);
std::optional<TaggedQuantized> ReadTaggedQuantized(const Checkpoint& checkpoint, const Value& map);

}  // namespace statestone::pt
