// What is known of a tensor and of a storage in a file, beside its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "statestone/dtype.h"
#include "statestone/value.h"

namespace statestone {

enum class TensorKind : std::uint8_t { kTensor = 0, kParameter = 1, kBuffer = 2 };

/// A tensor's row in the index. Spans and names point into the Reader and live as long as it.
struct TensorInfo {
  ScopeRef scope;
  std::string_view name;             ///< within its scope; empty if the scope is anonymous
  const DTypeInfo* dtype = nullptr;  ///< nullptr: a dtype of the future, see dtype_name
  std::string_view dtype_name;       ///< also for a dtype of the future
  std::uint32_t element_bytes = 0;
  std::span<const std::uint64_t> shape;    ///< empty for a scalar
  std::span<const std::uint64_t> strides;  ///< in elements; empty if dense row-major
  std::uint64_t elements = 0;              ///< product of the shape
  std::uint64_t bytes = 0;                 ///< elements * element_bytes
  TensorKind kind = TensorKind::kTensor;
  bool requires_grad = false;
  std::uint32_t storage = 0;
  std::uint64_t offset = 0;        ///< of element (0, ..., 0), in bytes in the storage
  std::uint64_t extent_bytes = 0;  ///< from the first to behind the last byte it touches
};

enum class StorageLayout : std::uint8_t { kRaw = 0, kPlanes = 1 };

struct StorageInfo {
  std::uint64_t bytes = 0;         ///< decoded
  std::uint64_t stored_bytes = 0;  ///< in the file, padding left out
  std::uint32_t first_chunk = 0;
  std::uint32_t chunks = 0;
  std::uint64_t chunk_bytes = 0;  ///< decoded bytes of each chunk but the last
  std::uint8_t unit = 1;
  bool rotate = false;
  StorageLayout layout = StorageLayout::kRaw;
  bool readable = true;  ///< false: a filter or layout of the future
};

/// Bytes in place, kept alive by `owner` (a map, or memory): may outlive the Reader.
struct View {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

}  // namespace statestone
