// Deterministic example bytes: the same on every machine and with every standard library.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <span>
#include <vector>

#include "statestone/writer.h"

namespace statestone::testing {

/// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }

 private:
  std::uint64_t state_;
};

inline std::vector<std::byte> RandomBytes(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.Next() & 0xFF);
  return bytes;
}

/// Roughly bell-shaped float32 weights around zero: sums of uniform numbers, exact on any machine.
inline std::vector<float> WeightsFloat32(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> weights(count);
  for (float& weight : weights) {
    std::int64_t sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<std::int64_t>(random.Next() >> 44);
    weight = static_cast<float>(sum - (std::int64_t{1} << 21)) * 0x1p-26f;
  }
  return weights;
}

/// The same weights cut to bfloat16.
inline std::vector<std::uint16_t> WeightsBFloat16(std::size_t count, std::uint64_t seed) {
  const std::vector<float> weights = WeightsFloat32(count, seed);
  std::vector<std::uint16_t> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(weights[i]) >> 16);
  }
  return out;
}

template <typename T>
TensorSource Source(std::string name, DType dtype, std::vector<std::uint64_t> shape,
                    const std::vector<T>& data) {
  TensorSource source;
  source.name = std::move(name);
  source.dtype = dtype;
  source.shape = std::move(shape);
  source.data = data.data();
  return source;
}

template <typename T>
std::vector<std::byte> BytesOf(const std::vector<T>& data) {
  const auto bytes = std::as_bytes(std::span(data));
  return {bytes.begin(), bytes.end()};
}

}  // namespace statestone::testing
