// Sparse tensors, from the calls that would rebuild them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "interop/pickle/machine.h"
#include "interop/pt/sparse_layout.h"
#include "interop/pt/tensor_call.h"

namespace statestone::pt {

/// A sparse tensor by its parts.
struct SparseSpec {
  const SparseLayout* layout = nullptr;
  std::vector<pickle::ObjectId> parts;  ///< tensors, as many as the layout has
  std::vector<std::uint64_t> size;
  std::optional<bool> is_coalesced;  ///< of sparse_coo, where its writer said so
};

/// Whether an object is a call that rebuilds a sparse tensor.
bool IsSparseCall(const pickle::ObjectStore& objects, pickle::ObjectId id);

/// The tensor that such a call would give. Its parts are not looked at.
/// \throws Error corrupt; unrepresentable for a layout that is not known
SparseSpec ReadSparseCall(const pickle::Pickle& pickle, pickle::ObjectId call);

/// Checks that the shapes and dtypes of the parts are those of one sparse tensor, and gives what
/// the elements of all but the last must be. \throws Error corrupt
std::vector<IndexRule> CheckSparseParts(const pickle::Pickle& pickle, pickle::ObjectId call,
                                        const SparseSpec& sparse,
                                        std::span<const TensorSpec> parts);

}  // namespace statestone::pt
