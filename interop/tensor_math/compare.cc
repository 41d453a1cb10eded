#include "interop/tensor_math/compare.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/compare_narrow.h"
#include "interop/tensor_math/element_values.h"
#include "interop/tensor_math/magnitude.h"

namespace statestone::tensor_math {
namespace {

// Bytes that are compared at once before elements are looked at one by one.
constexpr std::size_t kEqualBytes = 4096;

// Numbers of one block and, to begin with, nothing found.
struct Block {
  alignas(64) std::array<double, kBlock> a;
  alignas(64) std::array<double, kBlock> b;
  alignas(64) std::array<std::int64_t, kBlock> a_keys;
  alignas(64) std::array<std::int64_t, kBlock> b_keys;
  alignas(64) std::array<double, kBlock> distance;
};

// Numbers of a block are taken side by side, as wide registers hold them. All counters are 64 bits
// wide, as the numbers are, and truth is 0 or 1 of that width: loops of one width vectorize best.
constexpr std::size_t kLanes = 16;
using Count64 = std::uint64_t;

struct BlockCounts {
  Count64 different = 0;
  Count64 beyond = 0;
  Count64 nan_in_one = 0;
  Count64 nan_bits = 0;
  Count64 max_ulps = 0;
  double max_absolute = 0;
};

// `exact`: the distance of integers comes from their keys, which unlike doubles are never rounded.
template <bool exact>
STATESTONE_INLINE_BODY BlockCounts Count(Block& block, std::size_t count, double absolute,
                                         double relative, Count64 with_tolerance) {
  alignas(64) Count64 different[kLanes] = {};
  alignas(64) Count64 beyond[kLanes] = {};
  alignas(64) Count64 nan_in_one[kLanes] = {};
  alignas(64) Count64 nan_bits[kLanes] = {};
  alignas(64) Count64 max_ulps[kLanes] = {};
  alignas(64) double max_absolute[kLanes] = {};
  for (std::size_t first = 0; first < count; first += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double a = block.a[first + lane];
      const double b = block.b[first + lane];
      const std::int64_t ka = block.a_keys[first + lane];
      const std::int64_t kb = block.b_keys[first + lane];
      const Count64 other = ka != kb ? 1 : 0;
      const Count64 a_nan = a != a ? 1 : 0;
      const Count64 b_nan = b != b ? 1 : 0;
      const Count64 numbers = other & ((a_nan | b_nan) ^ 1);
      const auto up = static_cast<Count64>(kb) - static_cast<Count64>(ka);
      const Count64 down = ka < kb ? 0 : ~Count64{0};
      const Count64 steps = (up ^ down) - down;
      const double apart = exact ? static_cast<double>(steps) : std::fabs(a - b);
      // Masks, since a choice by ?: would become a branch.
      const Count64 mask = 0 - numbers;
      const auto distance = std::bit_cast<double>(std::bit_cast<Count64>(apart) & mask);
      block.distance[first + lane] = distance;
      // Across zero one step is between -0 and +0, which are one number.
      const Count64 across = static_cast<Count64>(ka ^ kb) >> 63;
      const Count64 ulps = (steps - across) & mask;
      const double limit = absolute + relative * std::fabs(b);
      // An infinite distance is beyond every limit, and a limit that is NaN (0 * infinity) allows
      // nothing.
      const Count64 near = distance <= limit ? 1 : 0;
      const Count64 finite = distance < HUGE_VAL ? 1 : 0;
      const Count64 within = (near & finite & ((a_nan | b_nan) ^ 1)) | (a_nan & b_nan);
      different[lane] += other;
      beyond[lane] += other & ((with_tolerance & within) ^ 1);
      nan_in_one[lane] += other & (a_nan ^ b_nan);
      nan_bits[lane] += other & a_nan & b_nan;
      max_ulps[lane] = ulps > max_ulps[lane] ? ulps : max_ulps[lane];
      max_absolute[lane] = distance > max_absolute[lane] ? distance : max_absolute[lane];
    }
  }
  BlockCounts counts;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    counts.different += different[lane];
    counts.beyond += beyond[lane];
    counts.nan_in_one += nan_in_one[lane];
    counts.nan_bits += nan_bits[lane];
    counts.max_ulps = std::max(counts.max_ulps, max_ulps[lane]);
    counts.max_absolute = std::max(counts.max_absolute, max_absolute[lane]);
  }
  return counts;
}

STATESTONE_VECTOR_CLONES BlockCounts CountFloats(Block& block, std::size_t count, double absolute,
                                                 double relative, Count64 with_tolerance) {
  return Count<false>(block, count, absolute, relative, with_tolerance);
}

STATESTONE_VECTOR_CLONES BlockCounts CountIntegers(Block& block, std::size_t count, double absolute,
                                                   double relative, Count64 with_tolerance) {
  return Count<true>(block, count, absolute, relative, with_tolerance);
}

void AddBlock(ElementDifferences& found, const BlockCounts& counts, const Block& block,
              std::size_t count, std::uint64_t first) {
  found.different += counts.different;
  found.beyond += counts.beyond;
  found.nan_in_one += counts.nan_in_one;
  found.nan_bits += counts.nan_bits;
  found.max_ulps = std::max(found.max_ulps, counts.max_ulps);
  if (counts.max_absolute <= found.max_absolute) return;
  found.max_absolute = counts.max_absolute;
  const auto* at =
      std::find(block.distance.data(), block.distance.data() + count, counts.max_absolute);
  found.max_at = first + static_cast<std::uint64_t>(at - block.distance.data());
}

class Comparison {
 public:
  Comparison(DType a_dtype, std::span<const std::byte> a, DType b_dtype,
             std::span<const std::byte> b, const std::optional<Tolerance>& tolerance)
      : a_dtype_(a_dtype),
        b_dtype_(b_dtype),
        a_(a),
        b_(b),
        with_tolerance_(tolerance ? 1 : 0),
        tolerance_(tolerance.value_or(Tolerance{})),
        elements_(a.size() / ElementBytes(a_dtype)),
        count_narrow_(a_dtype == b_dtype && !tolerance ? NarrowCounterOf(a_dtype) : nullptr) {
    found_.elements = elements_;
  }

  ElementDifferences Run() {
    const NumberKind a_kind = KindOf(a_dtype_);
    const NumberKind b_kind = KindOf(b_dtype_);
    const auto loader_a = LoaderOf(a_dtype_);
    const auto loader_b = LoaderOf(b_dtype_);
    if (a_dtype_ == b_dtype_) {
      found_.has_numbers = a_kind != NumberKind::kOpaque;
      found_.has_ulps = a_kind == NumberKind::kFloat;
      ForEachUnequalBlock([&](std::size_t first, std::size_t count) {
        if (a_kind == NumberKind::kOpaque) return Bits(first, count);
        if (a_kind == NumberKind::kComplex) return Complex(*loader_a, first, count);
        SameType(*loader_a, a_kind == NumberKind::kInteger, first, count);
      });
    } else if (IsReal(a_kind) && IsReal(b_kind)) {
      found_.has_numbers = true;
      for (std::size_t first = 0; first < elements_; first += kBlock) {
        OtherType(*loader_a, *loader_b, first, std::min(kBlock, elements_ - first));
      }
    } else {
      found_.different = found_.beyond = elements_;
    }
    return found_;
  }

 private:
  static bool IsReal(NumberKind kind) {
    return kind == NumberKind::kFloat || kind == NumberKind::kInteger;
  }

  template <typename Visit>
  void ForEachUnequalBlock(const Visit& visit) {
    const std::size_t element = ElementBytes(a_dtype_);
    const std::size_t at_once = kEqualBytes / element;
    for (std::size_t begin = 0; begin < elements_; begin += at_once) {
      const std::size_t end = std::min(elements_, begin + at_once);
      if (std::memcmp(a_.data() + begin * element, b_.data() + begin * element,
                      (end - begin) * element) == 0) {
        continue;
      }
      if (count_narrow_ != nullptr && Narrow(begin, end)) continue;
      for (std::size_t first = begin; first < end; first += kBlock) {
        visit(first, std::min(kBlock, end - first));
      }
    }
  }

  void SameType(const ElementLoader& loader, bool integers, std::size_t first, std::size_t count) {
    const std::size_t skip = first * loader.component_bytes;
    loader.values(a_.data() + skip, count, block_.a.data());
    loader.values(b_.data() + skip, count, block_.b.data());
    loader.keys(a_.data() + skip, count, block_.a_keys.data());
    loader.keys(b_.data() + skip, count, block_.b_keys.data());
    FillUp(count);
    BlockCounts counts = integers ? CountIntegers(block_, count, tolerance_.absolute,
                                                  tolerance_.relative, with_tolerance_)
                                  : CountFloats(block_, count, tolerance_.absolute,
                                                tolerance_.relative, with_tolerance_);
    if (integers) counts.max_ulps = 0;
    AddBlock(found_, counts, block_, count, first);
  }

  // Whether these elements are done: not if a distance may have overflowed a float.
  bool Narrow(std::size_t begin, std::size_t end) {
    const std::size_t element = ElementBytes(a_dtype_);
    const NarrowCounts counts =
        count_narrow_(a_.data() + begin * element, b_.data() + begin * element, end - begin);
    if (std::isinf(counts.max_distance)) return false;
    found_.different += counts.different;
    found_.beyond += counts.different;
    found_.nan_in_one += counts.nan_in_one;
    found_.nan_bits += counts.nan_bits;
    found_.max_ulps = std::max<std::uint64_t>(found_.max_ulps, counts.max_ulps);
    if (!MayBeGreatest(counts)) return true;
    for (std::size_t first = begin; first < end; first += kBlock) {
      const std::size_t count = std::min(kBlock, end - first);
      const NarrowCounts block =
          count_narrow_(a_.data() + first * element, b_.data() + first * element, count);
      if (block.max_distance == counts.max_distance) FindGreatest(first, count);
    }
    return true;
  }

  // Only what may be the greatest so far is worth distances that are not rounded.
  bool MayBeGreatest(const NarrowCounts& counts) const {
    if (counts.rounded) return counts.max_distance >= static_cast<float>(found_.max_absolute);
    return double{counts.max_distance} > found_.max_absolute;
  }

  void FindGreatest(std::size_t first, std::size_t count) {
    const auto loader = LoaderOf(a_dtype_);
    const std::size_t skip = first * loader->component_bytes;
    loader->values(a_.data() + skip, count, block_.a.data());
    loader->values(b_.data() + skip, count, block_.b.data());
    for (std::size_t i = 0; i < count; ++i) {
      const double distance = std::fabs(block_.a[i] - block_.b[i]);
      if (distance > found_.max_absolute) {  // NaN is not
        found_.max_absolute = distance;
        found_.max_at = first + i;
      }
    }
  }

  void OtherType(const ElementLoader& a, const ElementLoader& b, std::size_t first,
                 std::size_t count) {
    a.values(a_.data() + first * a.component_bytes, count, block_.a.data());
    b.values(b_.data() + first * b.component_bytes, count, block_.b.data());
    for (std::size_t i = 0; i < count; ++i) {
      block_.a_keys[i] = NumberKey(block_.a[i]);
      block_.b_keys[i] = NumberKey(block_.b[i]);
    }
    FillUp(count);
    BlockCounts counts =
        CountFloats(block_, count, tolerance_.absolute, tolerance_.relative, with_tolerance_);
    counts.max_ulps = 0;
    AddBlock(found_, counts, block_, count, first);
  }

  // What is missing to a whole number of steps is equal, and counts for nothing.
  void FillUp(std::size_t count) {
    for (std::size_t i = count; i % kLanes != 0; ++i) {
      block_.a[i] = block_.b[i] = 0;
      block_.a_keys[i] = block_.b_keys[i] = 0;
    }
  }

  // One key for each number: bits of NaNs and the sign of zero do not carry over between dtypes.
  static std::int64_t NumberKey(double value) {
    if (value != value) return std::bit_cast<std::int64_t>(std::nan(""));
    return std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value);
  }

  void Bits(std::size_t first, std::size_t count) {
    const std::size_t element = ElementBytes(a_dtype_);
    for (std::size_t i = first; i < first + count; ++i) {
      const bool other =
          std::memcmp(a_.data() + i * element, b_.data() + i * element, element) != 0;
      found_.different += other;
      found_.beyond += other;
    }
  }

  void Complex(const ElementLoader& loader, std::size_t first, std::size_t count) {
    const std::size_t element = ElementBytes(a_dtype_);
    for (std::size_t i = first; i < first + count; ++i) {
      const std::byte* at_a = a_.data() + i * element;
      const std::byte* at_b = b_.data() + i * element;
      if (std::memcmp(at_a, at_b, element) == 0) continue;
      ++found_.different;
      double a[2];
      double b[2];
      loader.values(at_a, 2, a);
      loader.values(at_b, 2, b);
      const bool a_nan = std::isnan(a[0]) || std::isnan(a[1]);
      const bool b_nan = std::isnan(b[0]) || std::isnan(b[1]);
      if (a_nan || b_nan) {
        found_.nan_in_one += a_nan != b_nan;
        found_.nan_bits += a_nan && b_nan;
        found_.beyond += !(with_tolerance_ != 0 && a_nan && b_nan);
        continue;
      }
      const auto apart = [](double x, double y) { return x == y ? 0.0 : x - y; };
      const bool wide = loader.component_bytes == sizeof(double);
      const double distance = Magnitude(apart(a[0], b[0]), apart(a[1], b[1]), wide);
      const double limit = tolerance_.absolute + tolerance_.relative * Magnitude(b[0], b[1], wide);
      found_.beyond += !(with_tolerance_ != 0 && distance <= limit && std::isfinite(distance));
      if (distance > found_.max_absolute) {
        found_.max_absolute = distance;
        found_.max_at = i;
      }
    }
  }

  const DType a_dtype_;
  const DType b_dtype_;
  const std::span<const std::byte> a_;
  const std::span<const std::byte> b_;
  const Count64 with_tolerance_;  // 0 or 1
  const Tolerance tolerance_;
  const std::size_t elements_;
  const CountNarrow count_narrow_;  // null where doubles are needed
  ElementDifferences found_;
  Block block_;
};

}  // namespace

void ElementDifferences::Append(const ElementDifferences& later) {
  if (later.max_absolute > max_absolute) {
    max_absolute = later.max_absolute;
    max_at = elements + later.max_at;
  }
  max_ulps = std::max(max_ulps, later.max_ulps);
  elements += later.elements;
  different += later.different;
  beyond += later.beyond;
  nan_in_one += later.nan_in_one;
  nan_bits += later.nan_bits;
  has_numbers = has_numbers || later.has_numbers;
  has_ulps = has_ulps || later.has_ulps;
}

ElementDifferences CompareElements(DType a_dtype, std::span<const std::byte> a, DType b_dtype,
                                   std::span<const std::byte> b,
                                   const std::optional<Tolerance>& tolerance) {
  return Comparison(a_dtype, a, b_dtype, b, tolerance).Run();
}

}  // namespace statestone::tensor_math
