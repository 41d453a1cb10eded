#include "interop/gguf/tensor_type.h"

#include <algorithm>
#include <array>

namespace statestone::gguf {
namespace {

constexpr std::optional<DType> kQuantized;

constexpr std::array<TensorType, 34> kTypes = {{
    {0, "F32", 1, 4, DType::kFloat32},    {1, "F16", 1, 2, DType::kFloat16},
    {2, "Q4_0", 32, 18, kQuantized},      {3, "Q4_1", 32, 20, kQuantized},
    {6, "Q5_0", 32, 22, kQuantized},      {7, "Q5_1", 32, 24, kQuantized},
    {8, "Q8_0", 32, 34, kQuantized},      {9, "Q8_1", 32, 40, kQuantized},
    {10, "Q2_K", 256, 84, kQuantized},    {11, "Q3_K", 256, 110, kQuantized},
    {12, "Q4_K", 256, 144, kQuantized},   {13, "Q5_K", 256, 176, kQuantized},
    {14, "Q6_K", 256, 210, kQuantized},   {15, "Q8_K", 256, 292, kQuantized},
    {16, "IQ2_XXS", 256, 66, kQuantized}, {17, "IQ2_XS", 256, 74, kQuantized},
    {18, "IQ3_XXS", 256, 98, kQuantized}, {19, "IQ1_S", 256, 50, kQuantized},
    {20, "IQ4_NL", 32, 18, kQuantized},   {21, "IQ3_S", 256, 110, kQuantized},
    {22, "IQ2_S", 256, 82, kQuantized},   {23, "IQ4_XS", 256, 136, kQuantized},
    {24, "I8", 1, 1, DType::kInt8},       {25, "I16", 1, 2, DType::kInt16},
    {26, "I32", 1, 4, DType::kInt32},     {27, "I64", 1, 8, DType::kInt64},
    {28, "F64", 1, 8, DType::kFloat64},   {29, "IQ1_M", 256, 56, kQuantized},
    {30, "BF16", 1, 2, DType::kBFloat16}, {34, "TQ1_0", 256, 54, kQuantized},
    {35, "TQ2_0", 256, 66, kQuantized},   {39, "MXFP4", 32, 17, kQuantized},
    {40, "NVFP4", 64, 36, kQuantized},    {41, "Q1_0", 128, 18, kQuantized},
}};

}  // namespace

const TensorType* FindTensorType(std::uint32_t number) {
  const auto* found = std::ranges::find(kTypes, number, &TensorType::number);
  return found == kTypes.end() ? nullptr : found;
}

}  // namespace statestone::gguf
