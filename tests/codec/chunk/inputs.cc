#include "tests/codec/chunk/inputs.h"

#include <bit>
#include <cstring>

namespace statestone::chunk {
namespace {

template <typename T>
void Append(Bytes& bytes, T value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(&bytes[at], &value, sizeof value);
}

float Weight(Random& random) { return static_cast<float>(random.Gaussian() * 0.02); }

// The running mean of squared gradients: rows of their own scale, and unused ones.
void AppendAdamSquares(Bytes& bytes, Random& random, std::size_t units) {
  constexpr std::size_t kRow = 512;
  float scale = 0;
  for (std::size_t i = 0; i < units; ++i) {
    if (i % kRow == 0) {
      const std::uint64_t choice = random.Below(8);
      scale = choice == 0 ? 0.0f : static_cast<float>(choice) * 0x1p-14f;
    }
    double mean = 0;
    for (int step = 0; step < 4; ++step) {
      const double gradient = random.Gaussian() * scale;
      mean += gradient * gradient;
    }
    Append(bytes, static_cast<float>(mean * 0.25));
  }
}

}  // namespace

std::uint64_t Random::Next() {
  state_ += 0x9E3779B97F4A7C15;
  std::uint64_t z = state_;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

double Random::Gaussian() {
  std::int64_t sum = 0;
  for (int i = 0; i < 12; ++i) sum += static_cast<std::int64_t>(Next() >> 12);
  return static_cast<double>(sum - (std::int64_t{6} << 52)) * 0x1p-52;
}

std::uint16_t ToBfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

std::uint16_t ToFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 112;
  std::uint32_t mantissa = bits & 0x7FFFFF;
  int dropped = 13;
  std::uint32_t base = static_cast<std::uint32_t>(exponent) << 10;
  if (exponent <= 0) {  // a denormal, or nothing is left of it
    if (exponent < -10) return sign;
    mantissa |= 0x800000;
    dropped += 1 - exponent;
    base = 0;
  }
  const std::uint32_t half = 1u << (dropped - 1);
  const std::uint32_t odd = mantissa >> dropped & 1;
  return static_cast<std::uint16_t>(sign | (base + ((mantissa + half - 1 + odd) >> dropped)));
}

float FromFloat16(std::uint16_t value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value & 0x8000) << 16;
  const std::uint32_t exponent = value >> 10 & 31;
  const std::uint32_t mantissa = value & 1023;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign == 0 ? magnitude : -magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

const std::vector<Input>& AllInputs() {
  static const std::vector<Input> inputs = {
      {Kind::kGaussianBf16, "gaussian_bf16", {2, true}},
      {Kind::kGaussianFp32, "gaussian_fp32", {4, true}},
      {Kind::kGaussianFp16, "gaussian_fp16", {2, false}},
      {Kind::kGaussianFp64, "gaussian_fp64", {8, true}},
      {Kind::kBf16InFp32, "bf16_in_fp32", {4, true}},
      {Kind::kFp16InFp32, "fp16_in_fp32", {4, true}},
      {Kind::kAdamSquares, "adam_squares_fp32", {4, true}},
      {Kind::kInt64Range, "int64_range", {8, false}},
      {Kind::kBoolMask, "bool_mask", {1, false}},
      {Kind::kUint8Noise, "uint8_noise", {1, false}},
      {Kind::kZeros, "zeros_fp32", {4, true}},
  };
  return inputs;
}

Bytes Make(const Input& input, std::size_t units, std::uint64_t seed) {
  Random random(seed);
  Bytes bytes;
  bytes.reserve(units * input.shape.unit);
  if (input.kind == Kind::kAdamSquares) AppendAdamSquares(bytes, random, units);
  while (bytes.size() < units * input.shape.unit) {
    const std::size_t i = bytes.size() / input.shape.unit;
    switch (input.kind) {
      case Kind::kGaussianBf16:
        Append(bytes, ToBfloat16(Weight(random)));
        break;
      case Kind::kGaussianFp32:
        Append(bytes, Weight(random));
        break;
      case Kind::kGaussianFp16:
        Append(bytes, ToFloat16(Weight(random)));
        break;
      case Kind::kGaussianFp64:
        Append(bytes, random.Gaussian() * 0.02);
        break;
      case Kind::kBf16InFp32:
        Append(bytes, static_cast<std::uint32_t>(ToBfloat16(Weight(random))) << 16);
        break;
      case Kind::kFp16InFp32:
        Append(bytes, FromFloat16(ToFloat16(Weight(random))));
        break;
      case Kind::kInt64Range:
        Append(bytes, static_cast<std::int64_t>(i));
        break;
      case Kind::kBoolMask:
        Append(bytes, static_cast<std::uint8_t>(random.Below(10) == 0));
        break;
      case Kind::kUint8Noise:
        Append(bytes, static_cast<std::uint8_t>(random.Next() >> 56));
        break;
      case Kind::kAdamSquares:
      case Kind::kZeros:
        Append(bytes, 0.0f);
        break;
    }
  }
  return bytes;
}

const std::vector<Shape>& AllShapes() {
  static const std::vector<Shape> shapes = {{1, false}, {2, false}, {2, true}, {4, false},
                                            {4, true},  {8, false}, {8, true}};
  return shapes;
}

std::string Describe(Shape shape) {
  return "unit " + std::to_string(shape.unit) + (shape.rotate ? " rotated" : "");
}

}  // namespace statestone::chunk
