#include "interop/tensor_math/element_values.h"

#include <bit>
#include <cstring>
#include <limits>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/floats.h"

namespace statestone::tensor_math {
namespace {

constexpr FloatTable kE4M3FN = TableOf(kFloat8E4M3FN);
constexpr FloatTable kE5M2 = TableOf(kFloat8E5M2);
constexpr FloatTable kE4M3FNUZ = TableOf(kFloat8E4M3FNUZ);
constexpr FloatTable kE5M2FNUZ = TableOf(kFloat8E5M2FNUZ);
constexpr FloatTable kE8M0FNU = TableOfE8M0();

template <typename Number>
Number At(const std::byte* bytes, std::size_t i) {
  Number number;
  std::memcpy(&number, bytes + i * sizeof number, sizeof number);
  return number;
}

// Sign and magnitude as an integer that orders as the numbers do.
template <typename Signed>
std::int64_t Ordered(Signed bits) {
  constexpr Signed kMagnitude = std::numeric_limits<Signed>::max();
  return bits >= 0 ? bits : static_cast<Signed>(~(bits & kMagnitude));
}

template <typename Signed>
STATESTONE_INLINE_BODY void FloatKeys(const std::byte* bytes, std::size_t count,
                                      std::int64_t* keys) {
  for (std::size_t i = 0; i < count; ++i) keys[i] = Ordered(At<Signed>(bytes, i));
}

STATESTONE_VECTOR_CLONES void KeysOf16(const std::byte* bytes, std::size_t count,
                                       std::int64_t* keys) {
  FloatKeys<std::int16_t>(bytes, count, keys);
}
STATESTONE_VECTOR_CLONES void KeysOf32(const std::byte* bytes, std::size_t count,
                                       std::int64_t* keys) {
  FloatKeys<std::int32_t>(bytes, count, keys);
}
STATESTONE_VECTOR_CLONES void KeysOf64(const std::byte* bytes, std::size_t count,
                                       std::int64_t* keys) {
  FloatKeys<std::int64_t>(bytes, count, keys);
}
void KeysOf8(const std::byte* bytes, std::size_t count, std::int64_t* keys) {
  FloatKeys<std::int8_t>(bytes, count, keys);
}

STATESTONE_VECTOR_CLONES void BFloat16Values(const std::byte* bytes, std::size_t count,
                                             double* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = FromBFloat16(At<std::uint16_t>(bytes, i));
}
STATESTONE_VECTOR_CLONES void Float16Values(const std::byte* bytes, std::size_t count,
                                            double* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = FromFloat16(At<std::uint16_t>(bytes, i));
}
STATESTONE_VECTOR_CLONES void Float32Values(const std::byte* bytes, std::size_t count,
                                            double* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = At<float>(bytes, i);
}
void Float64Values(const std::byte* bytes, std::size_t count, double* values) {
  std::memcpy(values, bytes, count * sizeof(double));
}

template <const FloatTable& table>
void TableValues(const std::byte* bytes, std::size_t count, double* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = table[At<std::uint8_t>(bytes, i)];
}

template <typename Integer>
void IntegerValues(const std::byte* bytes, std::size_t count, double* values) {
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<double>(At<Integer>(bytes, i));
}

// Unsigned 64-bit numbers do not fit: they are moved down by 2^63, which keeps order and distance.
template <typename Integer>
void IntegerKeys(const std::byte* bytes, std::size_t count, std::int64_t* keys) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = At<Integer>(bytes, i);
    if constexpr (std::is_same_v<Integer, std::uint64_t>) {
      keys[i] = std::bit_cast<std::int64_t>(number ^ std::uint64_t{1} << 63);
    } else {
      keys[i] = number;  // NOLINT(bugprone-signed-char-misuse): int8 is a number here
    }
  }
}

template <typename Integer>
constexpr ElementLoader kIntegers = {IntegerValues<Integer>, IntegerKeys<Integer>, sizeof(Integer)};

template <const FloatTable& table>
constexpr ElementLoader kSmall = {TableValues<table>, KeysOf8, 1};

}  // namespace

NumberKind KindOf(DType dtype) {
  const auto number = static_cast<unsigned>(dtype);
  if (number <= static_cast<unsigned>(DType::kInt64)) return NumberKind::kInteger;
  if (number <= static_cast<unsigned>(DType::kFloat64)) return NumberKind::kFloat;
  if (number <= static_cast<unsigned>(DType::kComplex128)) return NumberKind::kComplex;
  if (number <= static_cast<unsigned>(DType::kFloat8E8M0FNU)) return NumberKind::kFloat;
  if (number >= static_cast<unsigned>(DType::kInt1)) return NumberKind::kInteger;
  return NumberKind::kOpaque;
}

std::optional<ElementLoader> LoaderOf(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
    case DType::kInt1:
    case DType::kInt2:
    case DType::kInt3:
    case DType::kInt4:
    case DType::kInt5:
    case DType::kInt6:
    case DType::kInt7:
      return kIntegers<std::int8_t>;
    case DType::kBool:
    case DType::kUInt8:
    case DType::kUInt1:
    case DType::kUInt2:
    case DType::kUInt3:
    case DType::kUInt4:
    case DType::kUInt5:
    case DType::kUInt6:
    case DType::kUInt7:
      return kIntegers<std::uint8_t>;
    case DType::kUInt16:
      return kIntegers<std::uint16_t>;
    case DType::kInt16:
      return kIntegers<std::int16_t>;
    case DType::kUInt32:
      return kIntegers<std::uint32_t>;
    case DType::kInt32:
      return kIntegers<std::int32_t>;
    case DType::kUInt64:
      return kIntegers<std::uint64_t>;
    case DType::kInt64:
      return kIntegers<std::int64_t>;
    case DType::kFloat16:
    case DType::kComplex32:
      return ElementLoader{Float16Values, KeysOf16, 2};
    case DType::kBFloat16:
      return ElementLoader{BFloat16Values, KeysOf16, 2};
    case DType::kFloat32:
    case DType::kComplex64:
      return ElementLoader{Float32Values, KeysOf32, 4};
    case DType::kFloat64:
    case DType::kComplex128:
      return ElementLoader{Float64Values, KeysOf64, 8};
    case DType::kFloat8E4M3FN:
      return kSmall<kE4M3FN>;
    case DType::kFloat8E5M2:
      return kSmall<kE5M2>;
    case DType::kFloat8E4M3FNUZ:
      return kSmall<kE4M3FNUZ>;
    case DType::kFloat8E5M2FNUZ:
      return kSmall<kE5M2FNUZ>;
    case DType::kFloat8E8M0FNU:
      return ElementLoader{TableValues<kE8M0FNU>, IntegerKeys<std::uint8_t>, 1};
    case DType::kFloat4E2M1FNx2:
    case DType::kBits8:
    case DType::kBits16:
    case DType::kBits1x8:
    case DType::kBits2x4:
    case DType::kBits4x2:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace statestone::tensor_math
