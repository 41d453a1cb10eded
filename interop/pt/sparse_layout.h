// The layouts of sparse tensors: what their parts are called and must be like.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "interop/pt/index_check.h"
#include "statestone/dtype.h"

namespace statestone::pt {

struct SparseLayout {
  std::string_view name;     ///< torch's: "sparse_coo", "sparse_csr", ...
  std::string_view indices;  ///< what its first part is called; its last is "values"
  std::string_view plain;    ///< what the one between is called; empty for sparse_coo
  bool by_row = false;       ///< which of the two dimensions is compressed
  bool blocked = false;      ///< values are blocks of two dimensions

  bool compressed() const { return !plain.empty(); }
  std::vector<std::string_view> parts() const;
};

/// The layout of that name, or nullptr.
const SparseLayout* FindSparseLayout(std::string_view name);

/// A part of a sparse tensor, without its elements.
struct SparsePart {
  DType dtype = DType::kInt64;
  std::span<const std::uint64_t> shape;
};

/// Whether these are the parts, as many as the layout has, of one sparse tensor of that size.
bool AreOneSparseTensor(const SparseLayout& layout, std::span<const std::uint64_t> size,
                        std::span<const SparsePart> parts);

/// What the elements of each part but the values must be, once the parts are those of one tensor.
std::vector<IndexRule> IndexRules(const SparseLayout& layout, std::span<const std::uint64_t> size,
                                  std::span<const SparsePart> parts);

}  // namespace statestone::pt
