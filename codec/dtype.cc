#include "statestone/dtype.h"

#include <array>
#include <string>

#include "statestone/error.h"

namespace statestone {
namespace {

constexpr DTypeInfo kTypes[] = {
    {DType::kBool, "bool", 1, 1, false},
    {DType::kUInt8, "uint8", 1, 1, false},
    {DType::kInt8, "int8", 1, 1, false},
    {DType::kUInt16, "uint16", 2, 2, false},
    {DType::kInt16, "int16", 2, 2, false},
    {DType::kUInt32, "uint32", 4, 4, false},
    {DType::kInt32, "int32", 4, 4, false},
    {DType::kUInt64, "uint64", 8, 8, false},
    {DType::kInt64, "int64", 8, 8, false},
    {DType::kFloat16, "float16", 2, 2, false},
    {DType::kBFloat16, "bfloat16", 2, 2, true},
    {DType::kFloat32, "float32", 4, 4, true},
    {DType::kFloat64, "float64", 8, 8, true},
    {DType::kComplex32, "complex32", 4, 2, false},
    {DType::kComplex64, "complex64", 8, 4, true},
    {DType::kComplex128, "complex128", 16, 8, true},
    {DType::kFloat8E4M3FN, "float8_e4m3fn", 1, 1, false},
    {DType::kFloat8E5M2, "float8_e5m2", 1, 1, false},
    {DType::kFloat8E4M3FNUZ, "float8_e4m3fnuz", 1, 1, false},
    {DType::kFloat8E5M2FNUZ, "float8_e5m2fnuz", 1, 1, false},
    {DType::kFloat8E8M0FNU, "float8_e8m0fnu", 1, 1, false},
    {DType::kFloat4E2M1FNx2, "float4_e2m1fn_x2", 1, 1, false},
    {DType::kBits8, "bits8", 1, 1, false},
    {DType::kBits16, "bits16", 2, 2, false},
    {DType::kBits1x8, "bits1x8", 1, 1, false},
    {DType::kBits2x4, "bits2x4", 1, 1, false},
    {DType::kBits4x2, "bits4x2", 1, 1, false},
    {DType::kInt1, "int1", 1, 1, false},
    {DType::kInt2, "int2", 1, 1, false},
    {DType::kInt3, "int3", 1, 1, false},
    {DType::kInt4, "int4", 1, 1, false},
    {DType::kInt5, "int5", 1, 1, false},
    {DType::kInt6, "int6", 1, 1, false},
    {DType::kInt7, "int7", 1, 1, false},
    {DType::kUInt1, "uint1", 1, 1, false},
    {DType::kUInt2, "uint2", 1, 1, false},
    {DType::kUInt3, "uint3", 1, 1, false},
    {DType::kUInt4, "uint4", 1, 1, false},
    {DType::kUInt5, "uint5", 1, 1, false},
    {DType::kUInt6, "uint6", 1, 1, false},
    {DType::kUInt7, "uint7", 1, 1, false},
};

constexpr auto kByNumber = [] {
  std::array<std::int8_t, 256> rows{};
  rows.fill(-1);
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    rows[static_cast<std::uint8_t>(kTypes[i].dtype)] = static_cast<std::int8_t>(i);
  }
  return rows;
}();

}  // namespace

const DTypeInfo* FindDType(std::uint8_t number) noexcept {
  const std::int8_t row = kByNumber[number];
  return row < 0 ? nullptr : &kTypes[row];
}

const DTypeInfo& Info(DType dtype) {
  if (const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(dtype))) return *info;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "unknown dtype number " + std::to_string(static_cast<int>(dtype)),
               .advice = "use a constant of statestone::DType"});
}

std::optional<DType> DTypeFromName(std::string_view name) noexcept {
  if (name.starts_with("torch.")) name.remove_prefix(6);
  for (const DTypeInfo& info : kTypes) {
    if (info.name == name) return info.dtype;
  }
  return std::nullopt;
}

}  // namespace statestone
