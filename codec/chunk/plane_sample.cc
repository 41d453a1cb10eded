#include "codec/chunk/plane_sample.h"

#include <algorithm>
#include <bit>

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

/// 65536 * log2(x) for x >= 1, rounded down: the bits of the result one by one.
std::uint32_t FixedLog2(std::uint32_t x) {
  const unsigned whole = std::bit_width(x) - 1;
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
    for (std::size_t window = 0; window < kWindows; ++window) {
      place(window * kWindowUnits);
      const std::size_t first = (units - kWindowUnits) * window / (kWindows - 1);
      Split(raw + first * shape.unit, kWindowUnits, shape, planes);
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
  const CountInformation& information = Information();

  std::uint32_t values = 0;
  std::uint64_t known = 0;
  for (const std::uint16_t times : histogram) {
    values += times != 0;
    known += information[times];
  }
  const auto entropy = [&](std::uint64_t sum) {
    return static_cast<Bits>((information[count] - sum) / count);
  };
  profile.one_value = values == 1;
  // A sample of few bytes misses values, which makes it look more regular than its plane. The
  // usual correction is (values - 1) / (2 ln 2 * count) bits.
  constexpr std::uint64_t kHalfOverLn2 = 47274;  // 65536 / (2 ln 2)
  profile.entropy = entropy(known) + static_cast<Bits>((values - 1) * kHalfOverLn2 / count);

  const Window window = BestWindow(histogram);
  const std::uint32_t exceptions = count - window.inside - histogram[0];
  std::uint64_t known_codes = information[histogram[0]] + information[exceptions];
  for (unsigned code = 0; code < kWindow; ++code) {
    known_codes += information[histogram[window.top - code]];
  }
  profile.top = window.top;
  profile.pairs_entropy =
      entropy(known_codes) + static_cast<Bits>(std::uint64_t{exceptions} * 8 * 65536 / count);
  profile.few_exceptions = exceptions <= MostExceptions(count) / 2 &&
                           profile.pairs_entropy <= profile.entropy + kPairsAllowance;

  profile.repeats = (shape.unit == 1 && profile.entropy < kTextLike) || HasRepeats(bytes);
  return profile;
}

// Whether one in 32 strings of 16 bytes was seen before: far more than chance gives from one
// bit of entropy up.
bool ChunkSampler::HasRepeats(std::span<const std::byte> bytes) {
  constexpr std::size_t kString = 16;
  if (bytes.size() < 4 * kString) return true;  // too few to tell, and cheap to try
  places_.fill(0);
  const std::size_t last = bytes.size() - kString;
  std::size_t seen = 0;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto low = bytes::Load<std::uint64_t>(&bytes[i]);
    const auto high = bytes::Load<std::uint64_t>(&bytes[i + 8]);
    const std::uint64_t mixed = (low ^ std::rotl(high, 23)) * 0x9E3779B97F4A7C15u;
    std::uint16_t& place = places_[mixed >> (64 - std::bit_width(places_.size() - 1))];
    const std::byte* earlier = &bytes[place];
    seen += place != 0 && bytes::Load<std::uint64_t>(earlier) == low &&
            bytes::Load<std::uint64_t>(earlier + 8) == high;
    place = static_cast<std::uint16_t>(i);
  }
  return seen > bytes.size() / 32;
}

}  // namespace statestone::chunk
