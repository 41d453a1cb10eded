#include "codec/layout/strided.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace statestone::layout {
namespace {

struct Dimension {
  std::uint64_t size;
  std::uint64_t stride_bytes;
};

// The dimensions that move, widest stride first.
std::vector<Dimension> SortedDimensions(const Layout& layout) {
  std::vector<Dimension> dimensions;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    if (layout.shape[i] > 1) {
      dimensions.push_back({layout.shape[i], layout.strides[i] * layout.element_bytes});
    }
  }
  std::stable_sort(
      dimensions.begin(), dimensions.end(),
      [](const Dimension& a, const Dimension& b) { return a.stride_bytes > b.stride_bytes; });
  return dimensions;
}

class RunVisitor {
 public:
  RunVisitor(const Layout& layout, std::uint64_t begin, std::uint64_t end,
             const std::function<void(std::uint64_t, std::uint64_t)>& visit)
      : dimensions_(SortedDimensions(layout)),
        run_bytes_(layout.element_bytes),
        begin_(begin),
        end_(end),
        visit_(visit) {
    // Innermost dimensions that continue the run become part of it.
    while (!dimensions_.empty() && dimensions_.back().stride_bytes <= run_bytes_) {
      run_bytes_ += (dimensions_.back().size - 1) * dimensions_.back().stride_bytes;
      dimensions_.pop_back();
    }
    extents_.resize(dimensions_.size() + 1);
    extents_.back() = run_bytes_;
    for (std::size_t i = dimensions_.size(); i-- > 0;) {
      extents_[i] = extents_[i + 1] + (dimensions_[i].size - 1) * dimensions_[i].stride_bytes;
    }
  }

  void Visit(std::size_t depth, std::uint64_t offset) const {
    if (offset >= end_ || offset + extents_[depth] <= begin_) return;
    if (depth == dimensions_.size()) {
      const std::uint64_t from = std::max(offset, begin_);
      const std::uint64_t to = std::min(offset + run_bytes_, end_);
      visit_(from, to - from);
      return;
    }
    const auto [size, stride] = dimensions_[depth];
    const std::uint64_t inner = extents_[depth + 1];
    // Skip the steps that end before `begin_` at once: the walk stays linear in what it visits.
    const std::uint64_t first =
        offset + inner > begin_ ? 0 : (begin_ - offset - inner) / stride + 1;
    for (std::uint64_t i = first; i < size && offset + i * stride < end_; ++i) {
      Visit(depth + 1, offset + i * stride);
    }
  }

 private:
  std::vector<Dimension> dimensions_;
  std::vector<std::uint64_t> extents_;
  std::uint64_t run_bytes_;
  std::uint64_t begin_;
  std::uint64_t end_;
  const std::function<void(std::uint64_t, std::uint64_t)>& visit_;
};

template <std::size_t kBytes>
void CopyElements(const std::byte* from, std::uint64_t stride_bytes, std::uint64_t count,
                  std::byte* to) {
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(to + i * kBytes, from + i * stride_bytes, kBytes);
  }
}

void CopyRow(const std::byte* from, std::uint64_t stride_bytes, std::uint64_t element_bytes,
             std::uint64_t count, std::byte* to) {
  if (stride_bytes == element_bytes) {
    std::memcpy(to, from, count * element_bytes);
    return;
  }
  switch (element_bytes) {
    case 1:
      return CopyElements<1>(from, stride_bytes, count, to);
    case 2:
      return CopyElements<2>(from, stride_bytes, count, to);
    case 4:
      return CopyElements<4>(from, stride_bytes, count, to);
    case 8:
      return CopyElements<8>(from, stride_bytes, count, to);
    case 16:
      return CopyElements<16>(from, stride_bytes, count, to);
    default:
      for (std::uint64_t i = 0; i < count; ++i) {
        std::memcpy(to + i * element_bytes, from + i * stride_bytes, element_bytes);
      }
  }
}

}  // namespace

std::vector<std::uint64_t> RowMajorStrides(std::span<const std::uint64_t> shape) {
  std::vector<std::uint64_t> strides(shape.size());
  std::uint64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::uint64_t>(shape[i], 1);
  }
  return strides;
}

std::uint64_t ElementCount(std::span<const std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t dimension : shape) count *= dimension;
  return count;
}

bool IsRowMajor(const Layout& layout) {
  if (ElementCount(layout.shape) == 0) return true;
  std::uint64_t expected = 1;
  for (std::size_t i = layout.shape.size(); i-- > 0;) {
    if (layout.shape[i] == 1) continue;
    if (layout.strides[i] != expected) return false;
    expected *= layout.shape[i];
  }
  return true;
}

bool IsDense(const Layout& layout) {
  const std::vector<Dimension> dimensions = SortedDimensions(layout);
  std::uint64_t expected = layout.element_bytes;
  for (std::size_t i = dimensions.size(); i-- > 0;) {
    if (dimensions[i].stride_bytes != expected) return false;
    expected *= dimensions[i].size;
  }
  return true;
}

std::uint64_t ExtentBytes(const Layout& layout) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    if (layout.shape[i] == 0) return 0;
    last += (layout.shape[i] - 1) * layout.strides[i];
  }
  return (last + 1) * layout.element_bytes;
}

void GatherRowMajor(const Layout& layout, const std::byte* base, std::uint64_t first,
                    std::uint64_t count, std::byte* out) {
  const std::uint64_t element_bytes = layout.element_bytes;
  const std::size_t rank = layout.shape.size();
  if (count == 0) return;
  if (rank == 0 || IsRowMajor(layout)) {
    std::memcpy(out, base + first * element_bytes, count * element_bytes);
    return;
  }
  std::vector<std::uint64_t> index(rank);
  std::uint64_t rest = first;
  std::uint64_t offset = 0;
  for (std::size_t i = rank; i-- > 0;) {
    index[i] = rest % layout.shape[i];
    rest /= layout.shape[i];
    offset += index[i] * layout.strides[i];
  }
  const std::size_t inner = rank - 1;
  while (count > 0) {
    const std::uint64_t row = std::min(count, layout.shape[inner] - index[inner]);
    CopyRow(base + offset * element_bytes, layout.strides[inner] * element_bytes, element_bytes,
            row, out);
    out += row * element_bytes;
    count -= row;
    offset -= index[inner] * layout.strides[inner];
    index[inner] = 0;
    for (std::size_t i = inner; i-- > 0;) {
      offset += layout.strides[i];
      if (++index[i] < layout.shape[i]) break;
      offset -= index[i] * layout.strides[i];
      index[i] = 0;
    }
  }
}

void ForEachRun(const Layout& layout, std::uint64_t begin, std::uint64_t end,
                const std::function<void(std::uint64_t offset, std::uint64_t size)>& visit) {
  if (begin >= end || ElementCount(layout.shape) == 0) return;
  RunVisitor(layout, begin, end, visit).Visit(0, 0);
}

}  // namespace statestone::layout
