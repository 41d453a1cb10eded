#include "cli/inspect/scalar_text.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "cli/inspect/value_text.h"
#include "statestone/dtype.h"

namespace statestone::cli {
namespace {

template <typename Number>
Number As(std::string_view element) {
  Number number;
  std::memcpy(&number, element.data(), sizeof number);
  return number;
}

double FromHalf(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

float FromBFloat(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float number;
  std::memcpy(&number, &wide, sizeof number);
  return number;
}

}  // namespace

std::string ScalarText(std::uint8_t dtype, std::string_view element) {
  const DTypeInfo* info = FindDType(dtype);
  if (info == nullptr || info->bytes != element.size()) return HexText(element);
  switch (info->dtype) {
    case DType::kBool:
      return As<std::uint8_t>(element) != 0 ? "true" : "false";
    case DType::kUInt8:
      return std::to_string(As<std::uint8_t>(element));
    case DType::kInt8:
      return std::to_string(As<std::int8_t>(element));
    case DType::kUInt16:
      return std::to_string(As<std::uint16_t>(element));
    case DType::kInt16:
      return std::to_string(As<std::int16_t>(element));
    case DType::kUInt32:
      return std::to_string(As<std::uint32_t>(element));
    case DType::kInt32:
      return std::to_string(As<std::int32_t>(element));
    case DType::kUInt64:
      return std::to_string(As<std::uint64_t>(element));
    case DType::kInt64:
      return std::to_string(As<std::int64_t>(element));
    case DType::kFloat16:
      return FloatText(FromHalf(As<std::uint16_t>(element)));
    case DType::kBFloat16:
      return FloatText(FromBFloat(As<std::uint16_t>(element)));
    case DType::kFloat32:
      return FloatText(As<float>(element));
    case DType::kFloat64:
      return FloatText(As<double>(element));
    default:
      return HexText(element);
  }
}

}  // namespace statestone::cli
