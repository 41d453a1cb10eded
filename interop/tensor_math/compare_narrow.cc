#include "interop/tensor_math/compare_narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "codec/chunk/vector_clones.h"

namespace statestone::tensor_math {
namespace {

constexpr std::size_t kLanes = 16;
using Count32 = std::uint32_t;

STATESTONE_INLINE_BODY void CountLanes(NarrowBlock& block, std::size_t count,
                                       NarrowCounts& counts) {
  alignas(64) Count32 different[kLanes] = {};
  alignas(64) Count32 nan_in_one[kLanes] = {};
  alignas(64) Count32 nan_bits[kLanes] = {};
  alignas(64) Count32 max_ulps[kLanes] = {};
  alignas(64) float max_distance[kLanes] = {};
  for (std::size_t first = 0; first < count; first += kLanes) {
    STATESTONE_KEEP_LOOP
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float a = block.a[first + lane];
      const float b = block.b[first + lane];
      const std::int32_t ka = block.a_keys[first + lane];
      const std::int32_t kb = block.b_keys[first + lane];
      const Count32 other = ka != kb ? 1 : 0;
      const Count32 a_nan = a != a ? 1 : 0;
      const Count32 b_nan = b != b ? 1 : 0;
      // Masks, since a choice by ?: would become a branch.
      const Count32 mask = 0 - (other & ((a_nan | b_nan) ^ 1));
      const Count32 up = static_cast<Count32>(kb) - static_cast<Count32>(ka);
      const Count32 down = ka < kb ? 0 : ~Count32{0};
      // Across zero one step is between -0 and +0, which are one number.
      const Count32 across = static_cast<Count32>(ka ^ kb) >> 31;
      const Count32 ulps = ((up ^ down) - down - across) & mask;
      const auto distance = std::bit_cast<float>(std::bit_cast<Count32>(std::fabs(a - b)) & mask);
      block.distance[first + lane] = distance;
      different[lane] += other;
      nan_in_one[lane] += other & (a_nan ^ b_nan);
      nan_bits[lane] += other & a_nan & b_nan;
      max_ulps[lane] = ulps > max_ulps[lane] ? ulps : max_ulps[lane];
      max_distance[lane] = distance > max_distance[lane] ? distance : max_distance[lane];
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    counts.different += different[lane];
    counts.nan_in_one += nan_in_one[lane];
    counts.nan_bits += nan_bits[lane];
    counts.max_ulps = std::max(counts.max_ulps, max_ulps[lane]);
    counts.max_distance = std::max(counts.max_distance, max_distance[lane]);
  }
}

STATESTONE_VECTOR_CLONES void CountSteps(NarrowBlock& block, std::size_t count,
                                         NarrowCounts& counts) {
  CountLanes(block, count, counts);
}

}  // namespace

NarrowCounts CountNarrow(NarrowBlock& block, std::size_t count) {
  for (std::size_t i = count; i % kLanes != 0; ++i) {
    block.a[i] = block.b[i] = 0;
    block.a_keys[i] = block.b_keys[i] = 0;
  }
  NarrowCounts counts;
  CountSteps(block, count, counts);
  return counts;
}

}  // namespace statestone::tensor_math
