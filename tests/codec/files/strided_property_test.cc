// Strided layouts against an implementation that looks at every element.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "codec/layout/strided.h"

namespace statestone::layout {
namespace {

struct Random {
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> strides;
  std::uint64_t element_bytes;

  Layout layout() const { return {shape, strides, element_bytes}; }
};

Random RandomLayout() {
  Random out;
  const auto rank = *rc::gen::inRange<std::size_t>(0, 6);
  out.element_bytes = *rc::gen::element<std::uint64_t>(1, 2, 3, 4, 8, 16);
  for (std::size_t i = 0; i < rank; ++i) {
    out.shape.push_back(
        *rc::gen::weightedElement<std::uint64_t>({{1, 0}, {4, 1}, {8, 2}, {8, 3}, {4, 5}}));
  }
  out.strides = RowMajorStrides(out.shape);
  const auto way = *rc::gen::inRange(0, 3);
  if (way == 1) {  // a permutation of dense memory
    std::vector<std::size_t> order(rank);
    for (std::size_t i = 0; i < rank; ++i) order[i] = i;
    std::uint64_t stride = 1;
    while (!order.empty()) {
      const auto pick = *rc::gen::inRange<std::size_t>(0, order.size());
      out.strides[order[pick]] = stride;
      stride *= std::max<std::uint64_t>(out.shape[order[pick]], 1);
      order.erase(order.begin() + static_cast<std::ptrdiff_t>(pick));
    }
  } else if (way == 2) {
    for (std::uint64_t& stride : out.strides) stride = *rc::gen::inRange<std::uint64_t>(0, 20);
  }
  return out;
}

// Offsets of all elements in row-major order, in bytes.
std::vector<std::uint64_t> Offsets(const Layout& layout) {
  std::vector<std::uint64_t> offsets = {0};
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    std::vector<std::uint64_t> next;
    for (const std::uint64_t offset : offsets) {
      for (std::uint64_t k = 0; k < layout.shape[i]; ++k) {
        next.push_back(offset + k * layout.strides[i] * layout.element_bytes);
      }
    }
    offsets = std::move(next);
  }
  return offsets;
}

std::uint64_t NaiveExtent(const Layout& layout) {
  const auto offsets = Offsets(layout);
  if (offsets.empty()) return 0;
  return *std::max_element(offsets.begin(), offsets.end()) + layout.element_bytes;
}

std::vector<std::byte> Numbered(std::uint64_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 131 + i / 256);
  return bytes;
}

TEST(StridedPropertyTest, CountsElementsAndExtentsLikeOneWhoVisitsAll) {
  EXPECT_TRUE(rc::check([] {
    const Random random = RandomLayout();
    RC_ASSERT(ElementCount(random.shape) == Offsets(random.layout()).size());
    RC_ASSERT(ExtentBytes(random.layout()) == NaiveExtent(random.layout()));
  }));
}

TEST(StridedPropertyTest, KnowsRowMajorAndDenseLayouts) {
  EXPECT_TRUE(rc::check([] {
    const Random random = RandomLayout();
    const auto offsets = Offsets(random.layout());
    bool row_major = true;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      row_major &= offsets[i] == i * random.element_bytes;
    }
    RC_ASSERT(IsRowMajor(random.layout()) == row_major);
    if (offsets.empty()) return;
    const std::set<std::uint64_t> distinct(offsets.begin(), offsets.end());
    const bool dense = distinct.size() == offsets.size() &&
                       NaiveExtent(random.layout()) == offsets.size() * random.element_bytes;
    RC_ASSERT(IsDense(random.layout()) == dense);
  }));
}

TEST(StridedPropertyTest, GathersAnyRunOfElements) {
  EXPECT_TRUE(rc::check([] {
    const Random random = RandomLayout();
    const auto offsets = Offsets(random.layout());
    const std::vector<std::byte> memory = Numbered(NaiveExtent(random.layout()));
    const auto first = *rc::gen::inRange<std::size_t>(0, offsets.size() + 1);
    const auto count = *rc::gen::inRange<std::size_t>(0, offsets.size() - first + 1);
    std::vector<std::byte> expected;
    for (std::size_t i = first; i < first + count; ++i) {
      expected.insert(expected.end(), memory.begin() + offsets[i],
                      memory.begin() + offsets[i] + random.element_bytes);
    }
    std::vector<std::byte> out(count * random.element_bytes);
    GatherRowMajor(random.layout(), memory.data(), first, count, out.data());
    RC_ASSERT(out == expected);
  }));
}

TEST(StridedPropertyTest, RunsCoverWhatElementsTouchAndNothingElse) {
  EXPECT_TRUE(rc::check([] {
    const Random random = RandomLayout();
    const std::uint64_t extent = NaiveExtent(random.layout());
    const auto begin = *rc::gen::inRange<std::uint64_t>(0, extent + 3);
    const auto end = *rc::gen::inRange<std::uint64_t>(0, extent + 3);
    std::set<std::uint64_t> expected;
    for (const std::uint64_t offset : Offsets(random.layout())) {
      for (std::uint64_t b = offset; b < offset + random.element_bytes; ++b) {
        if (b >= begin && b < end) expected.insert(b);
      }
    }
    std::set<std::uint64_t> visited;
    ForEachRun(random.layout(), begin, end, [&](std::uint64_t offset, std::uint64_t size) {
      for (std::uint64_t b = offset; b < offset + size; ++b) visited.insert(b);
    });
    RC_ASSERT(visited == expected);
  }));
}

}  // namespace
}  // namespace statestone::layout
