// Tensors and storages that a pickle refers to by number, put where it does so.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "interop/pickle/machine.h"

namespace statestone::pt {

/// A storage, or a part of one.
struct NumberedStorage {
  std::uint32_t row = 0;      ///< of its class in the list
  std::int64_t root = 0;      ///< the number of the storage that has the bytes
  std::int64_t elements = 0;  ///< of the root
  std::int64_t first = 0;     ///< element of a part
  std::int64_t part = -1;     ///< elements of a part, -1 for a whole storage
};

struct NumberedTensor {
  std::int64_t storage = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
};

using NumberedStorages = std::unordered_map<std::int64_t, NumberedStorage>;
using NumberedTensors = std::unordered_map<std::int64_t, NumberedTensor>;

/// Makes every reference by number in the pickle what later releases of torch write in its place: a
/// storage, or a call that rebuilds a tensor over one. Every tensor's storage is there.
/// \throws Error corrupt for a number that is neither's
void FillReferences(pickle::Pickle& pickle, const NumberedStorages& storages,
                    const NumberedTensors& tensors);

}  // namespace statestone::pt
