#include "interop/tensor_math/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/element_values.h"
#include "interop/tensor_math/magnitude.h"

namespace statestone::tensor_math {
namespace {

// Sums run side by side, as wide registers hold them; their order is fixed, whatever the width.
// More lanes would not find room in the sixteen registers of most processors.
constexpr std::size_t kLanes = 8;
constexpr double kHuge = 0x1p500;
constexpr double kTiny = 0x1p-500;
constexpr double kScale = 0x1p-600;

struct BlockSums {
  double sum = 0;
  double squares = 0;
  double lowest = 0;
  double highest = 0;
  std::uint64_t zeros = 0;
  std::uint64_t nans = 0;
  std::uint64_t infinities = 0;
};

// One number of each lane per step, `steps` of them. Where a sum could not take the numbers that
// are not finite, they stand as zero.
STATESTONE_INLINE_BODY void SumLanes(const double* values, std::size_t steps, BlockSums& sums) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  alignas(64) double sum[kLanes] = {};
  alignas(64) double squares[kLanes] = {};
  alignas(64) double lowest[kLanes];
  alignas(64) double highest[kLanes];
  alignas(64) std::uint64_t zeros[kLanes] = {};
  alignas(64) std::uint64_t nans[kLanes] = {};
  alignas(64) std::uint64_t infinities[kLanes] = {};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    lowest[lane] = kInfinity;
    highest[lane] = -kInfinity;
  }
  for (std::size_t step = 0; step < steps; ++step) {
    STATESTONE_KEEP_LOOP
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[step * kLanes + lane];
      const double magnitude = std::fabs(value);
      const bool finite = magnitude < kInfinity;
      const double number = finite ? value : 0.0;
      // NOLINTNEXTLINE(bugprone-narrowing-conversions): both are double
      const double low = finite ? value : kInfinity;
      const double high = finite ? value : -kInfinity;
      sum[lane] += number;
      squares[lane] += number * number;
      lowest[lane] = low < lowest[lane] ? low : lowest[lane];
      highest[lane] = high > highest[lane] ? high : highest[lane];
      zeros[lane] += value == 0.0 ? 1 : 0;
      nans[lane] += value != value ? 1 : 0;
      infinities[lane] += magnitude == kInfinity ? 1 : 0;
    }
  }
  sums.lowest = kInfinity;
  sums.highest = -kInfinity;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sums.sum += sum[lane];
    sums.squares += squares[lane];
    sums.lowest = std::min(sums.lowest, lowest[lane]);
    sums.highest = std::max(sums.highest, highest[lane]);
    sums.zeros += zeros[lane];
    sums.nans += nans[lane];
    sums.infinities += infinities[lane];
  }
}

// The same for numbers that are all finite, as they nearly always are, in half the time. Returns
// false, and `sums` is of no use, if one is not or if the squares overflow.
STATESTONE_INLINE_BODY bool SumFiniteLanes(const double* values, std::size_t steps,
                                           BlockSums& sums) {
  alignas(64) double sum[kLanes] = {};
  alignas(64) double squares[kLanes] = {};
  alignas(64) double lowest[kLanes];
  alignas(64) double highest[kLanes];
  alignas(64) std::uint64_t zeros[kLanes] = {};
  for (std::size_t lane = 0; lane < kLanes; ++lane) lowest[lane] = highest[lane] = values[lane];
  for (std::size_t step = 0; step < steps; ++step) {
    STATESTONE_KEEP_LOOP
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = values[step * kLanes + lane];
      sum[lane] += value;
      squares[lane] += value * value;
      lowest[lane] = value < lowest[lane] ? value : lowest[lane];
      highest[lane] = value > highest[lane] ? value : highest[lane];
      zeros[lane] += value == 0.0 ? 1 : 0;
    }
  }
  sums = {.lowest = lowest[0], .highest = highest[0]};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sums.sum += sum[lane];
    sums.squares += squares[lane];
    sums.lowest = std::min(sums.lowest, lowest[lane]);
    sums.highest = std::max(sums.highest, highest[lane]);
    sums.zeros += zeros[lane];
  }
  // The square of infinity is infinity, that of NaN is NaN, and neither goes away by adding.
  return std::isfinite(sums.squares);
}

STATESTONE_VECTOR_CLONES void SumBlock(const double* values, std::size_t steps, BlockSums& sums) {
  if (!SumFiniteLanes(values, steps, sums)) {
    sums = {};
    SumLanes(values, steps, sums);
  }
}

STATESTONE_VECTOR_CLONES void FindBounds(const std::int64_t* keys, std::size_t count,
                                         std::int64_t& lowest, std::int64_t& highest) {
  std::int64_t low = lowest;
  std::int64_t high = highest;
  for (std::size_t i = 0; i < count; ++i) {
    low = keys[i] < low ? keys[i] : low;
    high = keys[i] > high ? keys[i] : high;
  }
  lowest = low;
  highest = high;
}

void AddCompensated(Statistics& total, double value) {
  const double sum = total.sum + value;
  // An infinite sum keeps no rest: infinity minus infinity would make it NaN.
  if (std::isfinite(sum)) {
    total.sum_rest += std::fabs(total.sum) >= std::fabs(value) ? (total.sum - sum) + value
                                                               : (value - sum) + total.sum;
  }
  total.sum = sum;
}

// Squares of numbers near the ends of double's range would overflow or vanish.
void AddScaledSquares(const double* values, std::size_t count, double scale, double& squares) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) continue;
    squares += values[i] * scale * (values[i] * scale);
  }
}

class Summary {
 public:
  // `values` has room for a block; what is missing to a whole number of steps is filled up.
  void AddBlock(std::array<double, kBlock>& values, std::size_t count) {
    const std::size_t steps = (count + kLanes - 1) / kLanes;
    const std::size_t filled = steps * kLanes - count;
    // NaN changes no sum, no lowest and no highest.
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(count), filled,
                std::numeric_limits<double>::quiet_NaN());
    BlockSums sums;
    SumBlock(values.data(), steps, sums);
    total_.elements += count;
    total_.zeros += sums.zeros;
    total_.nans += sums.nans - filled;
    total_.infinities += sums.infinities;
    if (sums.lowest > sums.highest) return;
    total_.lowest = std::min(total_.lowest, sums.lowest);
    total_.highest = std::max(total_.highest, sums.highest);
    AddCompensated(total_, sums.sum);
    const double greatest = std::max(std::fabs(sums.lowest), std::fabs(sums.highest));
    if (greatest > kHuge) {
      AddScaledSquares(values.data(), count, kScale, total_.large_squares);
    } else if (greatest < kTiny) {
      AddScaledSquares(values.data(), count, 1 / kScale, total_.small_squares);
    } else {
      total_.squares += sums.squares;
    }
  }

  Statistics& total() { return total_; }

 private:
  Statistics total_;
};

std::uint64_t ZeroElements(std::span<const std::byte> bytes, std::size_t element) {
  std::uint64_t zeros = 0;
  for (std::size_t at = 0; at < bytes.size(); at += element) {
    bool zero = true;
    for (std::size_t i = 0; i < element; ++i) zero = zero && bytes[at + i] == std::byte{0};
    zeros += zero;
  }
  return zeros;
}

}  // namespace

double Statistics::Mean() const {
  return finite() == 0 ? std::numeric_limits<double>::quiet_NaN()
                       : (sum + sum_rest) / static_cast<double>(finite());
}

double Statistics::Norm() const {
  if (large_squares > 0) {
    return std::sqrt(large_squares + squares * kScale * kScale) / kScale;
  }
  if (squares > 0) return std::sqrt(squares + small_squares * kScale * kScale);
  return std::sqrt(small_squares) * kScale;
}

void Statistics::Append(const Statistics& later) {
  elements += later.elements;
  zeros += later.zeros;
  nans += later.nans;
  infinities += later.infinities;
  has_numbers = has_numbers || later.has_numbers;
  lowest = std::min(lowest, later.lowest);
  highest = std::max(highest, later.highest);
  is_integer = is_integer || later.is_integer;
  lowest_key = std::min(lowest_key, later.lowest_key);
  highest_key = std::max(highest_key, later.highest_key);
  AddCompensated(*this, later.sum);
  AddCompensated(*this, later.sum_rest);
  small_squares += later.small_squares;
  squares += later.squares;
  large_squares += later.large_squares;
}

Statistics Summarize(DType dtype, std::span<const std::byte> bytes) {
  const std::size_t element = ElementBytes(dtype);
  const std::size_t count = bytes.size() / element;
  const NumberKind kind = KindOf(dtype);
  if (kind == NumberKind::kOpaque) {
    Statistics opaque;
    opaque.elements = count;
    opaque.zeros = ZeroElements(bytes, element);
    return opaque;
  }
  const ElementLoader loader = *LoaderOf(dtype);
  Summary summary;
  Statistics& total = summary.total();
  total.has_numbers = true;
  total.is_integer = kind == NumberKind::kInteger;
  alignas(64) std::array<double, kBlock> values;
  alignas(64) std::array<std::int64_t, kBlock> keys;
  std::array<double, 2 * kBlock> components;
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t size = std::min(kBlock, count - first);
    const std::byte* at = bytes.data() + first * element;
    if (kind == NumberKind::kComplex) {
      loader.values(at, size, components.data());
      loader.values(at + size * loader.component_bytes, size, components.data() + size);
      for (std::size_t i = 0; i < size; ++i) {
        const double real = components[2 * i];
        const double imaginary = components[2 * i + 1];
        // The magnitude of infinity and NaN is infinity; a NaN is what people look for.
        values[i] = std::isnan(real) || std::isnan(imaginary)
                        ? std::numeric_limits<double>::quiet_NaN()
                        : Magnitude(real, imaginary, loader.component_bytes == sizeof(double));
      }
    } else {
      loader.values(at, size, values.data());
    }
    summary.AddBlock(values, size);
    if (kind != NumberKind::kInteger) continue;
    loader.keys(at, size, keys.data());
    FindBounds(keys.data(), size, total.lowest_key, total.highest_key);
  }
  return total;
}

}  // namespace statestone::tensor_math
