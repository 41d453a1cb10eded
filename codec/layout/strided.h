// Where the elements of a strided tensor lie, and copying them to and from row-major order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace statestone::layout {

/// Shape and strides of a tensor, strides in elements, both of the same length. The sums and
/// products of a layout fit 2^57 bytes: checked where layouts enter.
struct Layout {
  std::span<const std::uint64_t> shape;
  std::span<const std::uint64_t> strides;
  std::uint64_t element_bytes = 1;
};

/// Strides of a dense row-major tensor; a dimension of size 0 counts as 1.
std::vector<std::uint64_t> RowMajorStrides(std::span<const std::uint64_t> shape);

/// Whether the elements lie in row-major order without gaps. Strides of dimensions of size 1 do not
/// matter; a tensor without elements is row-major.
bool IsRowMajor(const Layout& layout);

/// Whether each byte of the extent belongs to exactly one element: a permutation of dense memory.
bool IsDense(const Layout& layout);

std::uint64_t ElementCount(std::span<const std::uint64_t> shape);

/// Bytes from the first to behind the last byte that the tensor touches; 0 without elements.
std::uint64_t ExtentBytes(const Layout& layout);

/// Copies elements [first, first + count), counted in row-major order, to `out`, which has
/// count * element_bytes bytes. `base` is the address of element (0, ..., 0).
void GatherRowMajor(const Layout& layout, const std::byte* base, std::uint64_t first,
                    std::uint64_t count, std::byte* out);

/// Calls visit(offset, size) for runs of bytes that together are all bytes of the tensor inside
/// [begin, end), offsets counted from element (0, ..., 0). Runs may repeat bytes where a tensor
/// overlaps itself. Cost: about linear in the number of runs visited.
void ForEachRun(const Layout& layout, std::uint64_t begin, std::uint64_t end,
                const std::function<void(std::uint64_t offset, std::uint64_t size)>& visit);

}  // namespace statestone::layout
