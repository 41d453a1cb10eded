#include "interop/pt/sparse_layout.h"

#include <algorithm>
#include <array>
#include <optional>

namespace statestone::pt {
namespace {

constexpr std::array<SparseLayout, 5> kLayouts = {{
    {"sparse_coo", "indices", "", false, false},
    {"sparse_csr", "crow_indices", "col_indices", true, false},
    {"sparse_csc", "ccol_indices", "row_indices", false, false},
    {"sparse_bsr", "crow_indices", "col_indices", true, true},
    {"sparse_bsc", "ccol_indices", "row_indices", false, true},
}};

// [sparse dimensions, n] and [n, dense dimensions...].
bool AreCoordinates(std::span<const std::uint64_t> size, const SparsePart& indices,
                    const SparsePart& values) {
  if (indices.dtype != DType::kInt64 || indices.shape.size() != 2) return false;
  const std::uint64_t sparse_dims = indices.shape[0];
  if (sparse_dims > size.size() || values.shape.empty()) return false;
  return values.shape[0] == indices.shape[1] &&
         std::ranges::equal(values.shape.subspan(1), size.subspan(sparse_dims));
}

// Rows and columns, counted in blocks, or nothing where blocks do not fill them. There are as many
// dimensions as that takes.
std::optional<std::array<std::uint64_t, 2>> MatrixOf(const SparseLayout& layout,
                                                     std::span<const std::uint64_t> size,
                                                     std::size_t batch, const SparsePart& values) {
  std::array<std::uint64_t, 2> matrix = {size[batch], size[batch + 1]};
  for (std::size_t k = 0; k < 2 && layout.blocked; ++k) {
    const std::uint64_t dim = values.shape[batch + 1 + k];
    if (dim == 0 || matrix[k] % dim != 0) return std::nullopt;
    matrix[k] /= dim;
  }
  return matrix;
}

// [batch..., rows + 1], [batch..., n] and [batch..., n, block..., dense dimensions...].
bool AreCompressed(const SparseLayout& layout, std::span<const std::uint64_t> size,
                   std::span<const SparsePart> parts) {
  const SparsePart& compressed = parts[0];
  const SparsePart& plain = parts[1];
  const SparsePart& values = parts[2];
  const bool integers = compressed.dtype == DType::kInt32 || compressed.dtype == DType::kInt64;
  if (!integers || plain.dtype != compressed.dtype) return false;
  if (compressed.shape.empty() || plain.shape.size() != compressed.shape.size()) return false;
  const std::size_t batch = compressed.shape.size() - 1;
  const std::size_t block = layout.blocked ? 2 : 0;
  if (size.size() < batch + 2 || values.shape.size() != size.size() - 1 + block) return false;
  for (std::size_t k = 0; k < batch; ++k) {
    const bool same = compressed.shape[k] == size[k] && plain.shape[k] == size[k];
    if (!same || values.shape[k] != size[k]) return false;
  }
  const auto matrix = MatrixOf(layout, size, batch, values);
  if (!matrix || compressed.shape[batch] == 0) return false;
  return values.shape[batch] == plain.shape[batch] &&
         compressed.shape[batch] - 1 == (*matrix)[layout.by_row ? 0 : 1] &&
         std::ranges::equal(values.shape.subspan(batch + 1 + block), size.subspan(batch + 2));
}

}  // namespace

std::vector<std::string_view> SparseLayout::parts() const {
  if (compressed()) return {indices, plain, "values"};
  return {indices, "values"};
}

const SparseLayout* FindSparseLayout(std::string_view name) {
  const auto* const found = std::ranges::find(kLayouts, name, &SparseLayout::name);
  return found == kLayouts.end() ? nullptr : found;
}

bool AreOneSparseTensor(const SparseLayout& layout, std::span<const std::uint64_t> size,
                        std::span<const SparsePart> parts) {
  return layout.compressed() ? AreCompressed(layout, size, parts)
                             : AreCoordinates(size, parts[0], parts[1]);
}

std::vector<IndexRule> IndexRules(const SparseLayout& layout, std::span<const std::uint64_t> size,
                                  std::span<const SparsePart> parts) {
  if (!layout.compressed()) {
    const auto sparse = size.first(parts[0].shape[0]);
    return {IndexRule::Below({sparse.begin(), sparse.end()}, parts[0].shape[1])};
  }
  const std::size_t batch = parts[0].shape.size() - 1;
  const std::uint64_t plain = (*MatrixOf(layout, size, batch, parts[2]))[layout.by_row ? 1 : 0];
  const std::uint64_t count = parts[1].shape[batch];
  return {IndexRule::Rising(parts[0].shape[batch], count, plain), IndexRule::Below({plain}, count)};
}

}  // namespace statestone::pt
