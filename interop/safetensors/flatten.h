// A checkpoint of any form as a list of named tensors: all that safetensors has room for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "interop/safetensors/header.h"
#include "statestone/checkpoint.h"
#include "statestone/export.h"

namespace statestone::safetensors {

struct FlatTensor {
  std::string name;
  TensorRef ref;
  const DTypeRow* dtype = nullptr;
  std::vector<std::uint64_t> shape;  ///< as headers count
  std::uint64_t bytes = 0;
};

struct Flat {
  std::vector<FlatTensor> tensors;  ///< in the order of the checkpoint
  std::optional<Metadata> metadata;
  Value index;  ///< what the index of a set should say beside the sizes, or null
  std::vector<LostEntry> lost;
};

/// One tensor dict under the empty entry name keeps its names and its attributes, and loses
/// nothing. Of everything else the tensors stand under their names where only one tensor has that
/// name, under their display paths otherwise; `__metadata__` says in JSON, under kEntriesKey, what
/// the entries were and which tensor stands where. `lost` lists what is so flattened, entries that
/// are dropped, tensors of other dtypes, ties (the bytes are written for each tensor) and strides.
/// The order of the tensors, and whether they ask for gradients, is not listed: no safetensors file
/// has it. Cost: n log n.
Flat Flatten(const Checkpoint& checkpoint);

}  // namespace statestone::safetensors
