#include "codec/chunk/plane_sample.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/bytes/little_endian.h"
#include "codec/chunk/exponent_pairs.h"
#include "codec/chunk/planes.h"

namespace statestone::chunk {
namespace {

constexpr std::size_t kMostSamples = 2048;

// zstd itself leaves literals as they are below a gain of 1.6 %, which is 7.87 bits.
constexpr Bits kIncompressible = BitsFromMilli(7800);
// Text and code lie below, quantized weights above: strings too short for the probe come again.
constexpr Bits kTextLike = BitsFromMilli(6000);
// `pairs` is the faster one to decode, so it may cost a little more than plain symbols.
constexpr Bits kPairsAllowance = BitsFromMilli(15);
constexpr std::uint64_t kBitsOfByte = 8u << 16;

/// 65536 * log2(x) for x >= 1, rounded down: the bits of the result one by one.
std::uint32_t FixedLog2(std::uint32_t x) {
  const unsigned whole = std::bit_width(x | 1) - 1;
  std::uint32_t result = whole << 16;
  std::uint64_t mantissa = (static_cast<std::uint64_t>(x) << 31) >> whole;  // in [2^31, 2^32)
  for (std::uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
    mantissa = mantissa * mantissa >> 31;
    if (mantissa >> 32 != 0) {
      mantissa >>= 1;
      result |= bit;
    }
  }
  return result;
}

/// 65536 * x * log2(x) for counts of a sample.
class CountInformation {
 public:
  CountInformation() {
    for (std::uint32_t x = 1; x <= kMostSamples; ++x) table_[x] = x * FixedLog2(x);
  }
  std::uint32_t operator[](std::size_t count) const { return table_[count]; }

 private:
  std::array<std::uint32_t, kMostSamples + 1> table_{};  // at most 2048 * 11 * 65536 < 2^31
};

const CountInformation& Information() {
  static const CountInformation table;
  return table;
}

using Histogram = std::array<std::uint16_t, 256>;

Histogram CountBytes(std::span<const std::byte> bytes) {
  // Two tables, so that runs of one value do not make each count wait for the one before.
  Histogram even{};
  Histogram odd{};
  std::size_t i = 0;
  for (; i + 2 <= bytes.size(); i += 2) {
    ++even[static_cast<std::uint8_t>(bytes[i])];
    ++odd[static_cast<std::uint8_t>(bytes[i + 1])];
  }
  if (i < bytes.size()) ++even[static_cast<std::uint8_t>(bytes[i])];
  for (std::size_t value = 0; value < 256; ++value) {
    even[value] = static_cast<std::uint16_t>(even[value] + odd[value]);
  }
  return even;
}

/// Bits for each of the `count` values in a histogram.
Bits Entropy(const Histogram& histogram, std::uint32_t count) {
  const CountInformation& information = Information();
  std::uint32_t values = 0;
  std::uint64_t known = 0;
  for (const std::uint16_t times : histogram) {
    values += times != 0;
    known += information[times];
  }
  // A sample of few bytes misses values, which makes it look more regular than its plane. The
  // usual correction is (values - 1) / (2 ln 2 * count) bits.
  constexpr std::uint64_t kHalfOverLn2 = 47274;  // 65536 / (2 ln 2)
  return static_cast<Bits>((information[count] - known) / count) +
         static_cast<Bits>((values - 1) * kHalfOverLn2 / count);
}

/// Bits of a unit in the codes of a sample, packed in pairs as a plane is. Where a layer's rows are
/// of different sizes, or its halves alike, that is less than its codes have one by one.
Bits PairsEntropy(std::span<const std::byte> bytes, std::uint8_t top) {
  std::array<std::byte, kMostSamples / 2> packed;
  Exceptions exceptions;
  PackPlane(bytes.data(), bytes.size(), top, packed.data(), exceptions);
  const std::size_t size = PackedSize(bytes.size());
  const Histogram pairs = CountBytes({packed.data(), size});
  return static_cast<Bits>(Entropy(pairs, size) * size / bytes.size());
}

struct Window {
  std::uint8_t top = kMinTop;
  std::uint32_t inside = 0;
};

/// The lowest of the windows that leave the fewest bytes out.
Window BestWindow(const Histogram& histogram) {
  std::uint32_t inside = 0;
  for (unsigned value = 1; value <= kMinTop; ++value) inside += histogram[value];
  Window best{kMinTop, inside};
  for (unsigned top = kMinTop + 1; top < 256; ++top) {
    inside += histogram[top] - histogram[top - kWindow];
    if (inside > best.inside) best = {static_cast<std::uint8_t>(top), inside};
  }
  return best;
}

}  // namespace

bool PlaneProfile::Incompressible() const { return entropy >= kIncompressible && !repeats; }

std::span<const PlaneProfile> ChunkSampler::Sample(const std::byte* raw, std::size_t units,
                                                   Shape shape) {
  static_assert(kSampleUnits <= kMostSamples);
  PlanePointers planes{};
  const auto place = [&](std::size_t at) {
    for (std::size_t k = 0; k < shape.unit; ++k) planes[k] = &samples_[k * kSampleUnits + at];
  };
  std::size_t sampled = units;
  if (units <= kSampleUnits) {
    place(0);
    Split(raw, units, shape, planes);
  } else {
    sampled = kSampleUnits;
    // What `pairs` packs into one byte is half a plane apart: the second half of the sample lies
    // as far behind the first.
    constexpr std::size_t kWindowsOfHalf = kWindows / 2;
    for (std::size_t window = 0; window < kWindows; ++window) {
      place(window * kWindowUnits);
      const std::size_t half = window < kWindowsOfHalf ? 0 : PackedSize(units);
      const std::size_t first =
          (units / 2 - kWindowUnits) * (window % kWindowsOfHalf) / (kWindowsOfHalf - 1);
      Split(raw + (half + first) * shape.unit, kWindowUnits, shape, planes);
    }
  }
  for (std::size_t k = 0; k < shape.unit; ++k) {
    profiles_[k] = Profile({&samples_[k * kSampleUnits], sampled}, shape);
  }
  return {profiles_.data(), shape.unit};
}

PlaneProfile ChunkSampler::Profile(std::span<const std::byte> bytes, Shape shape) {
  PlaneProfile profile;
  if (bytes.empty()) return profile;
  const auto count = static_cast<std::uint32_t>(bytes.size());
  const Histogram histogram = CountBytes(bytes);
  profile.one_value = std::ranges::count(histogram, 0) == 255;
  profile.entropy = Entropy(histogram, count);
  profile.repeats = (shape.unit == 1 && profile.entropy < kTextLike) || HasRepeats(bytes);
  if (profile.Incompressible()) return profile;

  const Window window = BestWindow(histogram);
  const std::uint32_t exceptions = count - window.inside - histogram[0];
  profile.top = window.top;
  if (exceptions > MostExceptions(count) / 2) return profile;
  profile.pairs_entropy =
      PairsEntropy(bytes, window.top) + static_cast<Bits>(exceptions * kBitsOfByte / count);
  profile.few_exceptions = profile.pairs_entropy <= profile.entropy + kPairsAllowance;
  return profile;
}

// Whether one in 32 strings of 32 bytes was seen before: far more than chance gives from half a bit
// of entropy up. Every fourth one is looked for.
bool ChunkSampler::HasRepeats(std::span<const std::byte> bytes) {
  constexpr std::size_t kString = 32;
  constexpr std::size_t kStep = 4;
  if (bytes.size() < 4 * kString) return true;  // too few to tell, and cheap to try
  places_.fill(0);
  const auto place = [&](std::size_t i) -> std::uint16_t& {
    const auto low = bytes::Load<std::uint64_t>(&bytes[i]);
    const auto high = bytes::Load<std::uint64_t>(&bytes[i + 8]);
    const std::uint64_t mixed = (low ^ std::rotl(high, 23)) * 0x9E3779B97F4A7C15u;
    return places_[mixed >> (64 - std::bit_width(places_.size() - 1))];
  };
  const std::size_t end = (bytes.size() - kString) / kStep * kStep;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < end; i += kStep) {
    const std::uint16_t earlier = place(i);
    seen += earlier != 0 && std::memcmp(&bytes[earlier], &bytes[i], kString) == 0;
    for (std::size_t k = i; k < i + kStep; ++k) place(k) = static_cast<std::uint16_t>(k);
  }
  return kStep * seen > bytes.size() / 32;
}

}  // namespace statestone::chunk
