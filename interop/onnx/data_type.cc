#include "interop/onnx/data_type.h"

#include <algorithm>
#include <array>

#include "schema/onnx.pb.h"

namespace statestone::onnx {
namespace {

using wire::Tensor;

constexpr int kFloats = Tensor::kFloatDataFieldNumber;
constexpr int kInt32s = Tensor::kInt32DataFieldNumber;
constexpr int kInt64s = Tensor::kInt64DataFieldNumber;
constexpr int kDoubles = Tensor::kDoubleDataFieldNumber;
constexpr int kUInt64s = Tensor::kUint64DataFieldNumber;

constexpr std::array<DataType, 28> kTypes = {{
    {1, "FLOAT", 32, DType::kFloat32, kFloats},
    {2, "UINT8", 8, DType::kUInt8, kInt32s},
    {3, "INT8", 8, DType::kInt8, kInt32s, true},
    {4, "UINT16", 16, DType::kUInt16, kInt32s},
    {5, "INT16", 16, DType::kInt16, kInt32s, true},
    {6, "INT32", 32, DType::kInt32, kInt32s, true},
    {7, "INT64", 64, DType::kInt64, kInt64s, true},
    {8, "STRING", 0, std::nullopt, Tensor::kStringDataFieldNumber},
    {9, "BOOL", 8, DType::kBool, kInt32s},
    {10, "FLOAT16", 16, DType::kFloat16, kInt32s},
    {11, "DOUBLE", 64, DType::kFloat64, kDoubles},
    {12, "UINT32", 32, DType::kUInt32, kUInt64s},
    {13, "UINT64", 64, DType::kUInt64, kUInt64s},
    {14, "COMPLEX64", 64, DType::kComplex64, kFloats},
    {15, "COMPLEX128", 128, DType::kComplex128, kDoubles},
    {16, "BFLOAT16", 16, DType::kBFloat16, kInt32s},
    {17, "FLOAT8E4M3FN", 8, DType::kFloat8E4M3FN, kInt32s},
    {18, "FLOAT8E4M3FNUZ", 8, DType::kFloat8E4M3FNUZ, kInt32s},
    {19, "FLOAT8E5M2", 8, DType::kFloat8E5M2, kInt32s},
    {20, "FLOAT8E5M2FNUZ", 8, DType::kFloat8E5M2FNUZ, kInt32s},
    {21, "UINT4", 4, std::nullopt, kInt32s},
    {22, "INT4", 4, std::nullopt, kInt32s},
    {23, "FLOAT4E2M1", 4, std::nullopt, kInt32s},
    {24, "FLOAT8E8M0", 8, DType::kFloat8E8M0FNU, kInt32s},
    {25, "UINT2", 2, std::nullopt, kInt32s},
    {26, "INT2", 2, std::nullopt, kInt32s},
    {27, "FLOAT6E2M3", 6, std::nullopt, kInt32s},
    {28, "FLOAT6E3M2", 6, std::nullopt, kInt32s},
}};

}  // namespace

const DataType* FindDataType(int number) noexcept {
  const auto* found = std::ranges::find(kTypes, number, &DataType::number);
  return found == kTypes.end() ? nullptr : found;
}

}  // namespace statestone::onnx
