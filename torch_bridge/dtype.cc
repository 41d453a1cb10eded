#include <algorithm>
#include <array>

#include "statestone/error.h"
#include "statestone/torch_dtype.h"

namespace statestone {
namespace {

struct Pair {
  DType dtype;
  c10::ScalarType scalar_type;
};

constexpr std::array kPairs = {
    Pair{DType::kBool, c10::ScalarType::Bool},
    Pair{DType::kUInt8, c10::ScalarType::Byte},
    Pair{DType::kInt8, c10::ScalarType::Char},
    Pair{DType::kUInt16, c10::ScalarType::UInt16},
    Pair{DType::kInt16, c10::ScalarType::Short},
    Pair{DType::kUInt32, c10::ScalarType::UInt32},
    Pair{DType::kInt32, c10::ScalarType::Int},
    Pair{DType::kUInt64, c10::ScalarType::UInt64},
    Pair{DType::kInt64, c10::ScalarType::Long},
    Pair{DType::kFloat16, c10::ScalarType::Half},
    Pair{DType::kBFloat16, c10::ScalarType::BFloat16},
    Pair{DType::kFloat32, c10::ScalarType::Float},
    Pair{DType::kFloat64, c10::ScalarType::Double},
    Pair{DType::kComplex32, c10::ScalarType::ComplexHalf},
    Pair{DType::kComplex64, c10::ScalarType::ComplexFloat},
    Pair{DType::kComplex128, c10::ScalarType::ComplexDouble},
    Pair{DType::kFloat8E4M3FN, c10::ScalarType::Float8_e4m3fn},
    Pair{DType::kFloat8E5M2, c10::ScalarType::Float8_e5m2},
    Pair{DType::kFloat8E4M3FNUZ, c10::ScalarType::Float8_e4m3fnuz},
    Pair{DType::kFloat8E5M2FNUZ, c10::ScalarType::Float8_e5m2fnuz},
    Pair{DType::kFloat8E8M0FNU, c10::ScalarType::Float8_e8m0fnu},
    Pair{DType::kFloat4E2M1FNx2, c10::ScalarType::Float4_e2m1fn_x2},
    Pair{DType::kBits8, c10::ScalarType::Bits8},
    Pair{DType::kBits16, c10::ScalarType::Bits16},
    Pair{DType::kBits1x8, c10::ScalarType::Bits1x8},
    Pair{DType::kBits2x4, c10::ScalarType::Bits2x4},
    Pair{DType::kBits4x2, c10::ScalarType::Bits4x2},
    Pair{DType::kInt1, c10::ScalarType::Int1},
    Pair{DType::kInt2, c10::ScalarType::Int2},
    Pair{DType::kInt3, c10::ScalarType::Int3},
    Pair{DType::kInt4, c10::ScalarType::Int4},
    Pair{DType::kInt5, c10::ScalarType::Int5},
    Pair{DType::kInt6, c10::ScalarType::Int6},
    Pair{DType::kInt7, c10::ScalarType::Int7},
    Pair{DType::kUInt1, c10::ScalarType::UInt1},
    Pair{DType::kUInt2, c10::ScalarType::UInt2},
    Pair{DType::kUInt3, c10::ScalarType::UInt3},
    Pair{DType::kUInt4, c10::ScalarType::UInt4},
    Pair{DType::kUInt5, c10::ScalarType::UInt5},
    Pair{DType::kUInt6, c10::ScalarType::UInt6},
    Pair{DType::kUInt7, c10::ScalarType::UInt7},
};

}  // namespace

std::optional<DType> ToDType(c10::ScalarType type) noexcept {
  const auto pair = std::ranges::find(kPairs, type, &Pair::scalar_type);
  if (pair == kPairs.end()) return std::nullopt;
  return pair->dtype;
}

c10::ScalarType ToScalarType(DType dtype) {
  const auto pair = std::ranges::find(kPairs, dtype, &Pair::dtype);
  if (pair == kPairs.end()) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "no such element type",
                                              .found = std::to_string(static_cast<unsigned>(dtype)),
                                              .advice = "use one of statestone::DType"});
  }
  return pair->scalar_type;
}

}  // namespace statestone
