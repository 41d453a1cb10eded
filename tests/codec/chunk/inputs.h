// Bytes to code, the same on every machine: own random numbers, and no function of a math library
// whose last bit could differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/chunk/chunk_codec.h"

namespace statestone::chunk {

using Bytes = std::vector<std::byte>;

/// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next();
  std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }

  /// A sum of twelve uniform numbers: near enough to a normal distribution of variance 1.
  double Gaussian();

 private:
  std::uint64_t state_;
};

/// Conversions that round to the nearest, ties to even, as tensors' do.
std::uint16_t ToBfloat16(float value);
std::uint16_t ToFloat16(float value);
float FromFloat16(std::uint16_t value);

/// What kinds of tensor are made of.
enum class Kind : std::uint8_t {
  kGaussianBf16,
  kGaussianFp32,
  kGaussianFp16,
  kGaussianFp64,
  kBf16InFp32,
  kFp16InFp32,
  kAdamSquares,
  kInt64Range,
  kBoolMask,
  kUint8Noise,
  kZeros,
};

struct Input {
  Kind kind;
  const char* name;
  Shape shape;
};

/// All kinds, with the names they have in tests/data/compressed_sizes.csv.
const std::vector<Input>& AllInputs();

/// `units` units of a kind.
Bytes Make(const Input& input, std::size_t units, std::uint64_t seed = 1);

/// The units and filters that a storage can have.
const std::vector<Shape>& AllShapes();

std::string Describe(Shape shape);

}  // namespace statestone::chunk
