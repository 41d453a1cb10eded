#include "interop/tensor_math/cast_elements.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "codec/chunk/vector_clones.h"
#include "interop/tensor_math/element_values.h"
#include "interop/tensor_math/floats.h"

namespace statestone::tensor_math {
namespace {

template <typename Number>
void StoreAt(std::byte* out, std::size_t i, Number number) {
  std::memcpy(out + i * sizeof number, &number, sizeof number);
}

STATESTONE_VECTOR_CLONES void StoreBFloat16(const double* values, std::size_t count,
                                            std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) StoreAt(out, i, ToBFloat16(RoundToOdd(values[i])));
}

STATESTONE_VECTOR_CLONES void StoreFloat16(const double* values, std::size_t count,
                                           std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) StoreAt(out, i, ToFloat16(RoundToOdd(values[i])));
}

STATESTONE_VECTOR_CLONES void StoreFloat32(const double* values, std::size_t count,
                                           std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) StoreAt(out, i, static_cast<float>(values[i]));
}

void Store(DType to, const double* values, std::size_t count, std::byte* out) {
  switch (to) {
    case DType::kBFloat16:
      return StoreBFloat16(values, count, out);
    case DType::kFloat16:
      return StoreFloat16(values, count, out);
    case DType::kFloat32:
      return StoreFloat32(values, count, out);
    default:
      std::memcpy(out, values, count * sizeof(double));
  }
}

void Measure(double before, double after, CastLoss& loss) {
  if (after == before || std::isnan(before)) return;
  ++loss.changed;
  if (std::isinf(after)) {
    ++loss.overflows;
    return;
  }
  if (after == 0) ++loss.underflows;
  const double distance = std::fabs(after - before);
  loss.max_absolute = std::max(loss.max_absolute, distance);
  loss.max_relative = std::max(loss.max_relative, distance / std::fabs(before));
}

}  // namespace

void CastLoss::Add(const CastLoss& other) {
  elements += other.elements;
  changed += other.changed;
  overflows += other.overflows;
  underflows += other.underflows;
  max_absolute = std::max(max_absolute, other.max_absolute);
  max_relative = std::max(max_relative, other.max_relative);
}

bool IsCastable(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16 || dtype == DType::kFloat32 ||
         dtype == DType::kFloat64;
}

CastLoss CastElements(DType from, std::span<const std::byte> source, DType to,
                      std::span<std::byte> out) {
  const std::size_t from_bytes = ElementBytes(from);
  const std::size_t to_bytes = ElementBytes(to);
  const ElementLoader before = *LoaderOf(from);
  const ElementLoader after = *LoaderOf(to);
  CastLoss loss;
  loss.elements = source.size() / from_bytes;
  std::array<double, kBlock> values;
  std::array<double, kBlock> rounded;
  for (std::size_t first = 0; first < loss.elements; first += kBlock) {
    const std::size_t count = std::min<std::size_t>(kBlock, loss.elements - first);
    std::byte* at = out.data() + first * to_bytes;
    before.values(source.data() + first * from_bytes, count, values.data());
    Store(to, values.data(), count, at);
    after.values(at, count, rounded.data());
    for (std::size_t i = 0; i < count; ++i) Measure(values[i], rounded[i], loss);
  }
  return loss;
}

}  // namespace statestone::tensor_math
