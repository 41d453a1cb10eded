// Element types of tensors: every c10::ScalarType of PyTorch 2.13 that can be a real tensor.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace statestone {

/// The numbers are stored in files (`Tensor.dtype` of the index) and never change meaning.
/// Sub-byte types of torch (int1..int7, uint1..uint7, float4_e2m1fn_x2) occupy whole bytes in
/// memory there, and so do they here: one element is `ElementBits(dtype)` bits, a multiple of 8.
enum class DType : std::uint8_t {
  kBool = 1,
  kUInt8 = 2,
  kInt8 = 3,
  kUInt16 = 4,
  kInt16 = 5,
  kUInt32 = 6,
  kInt32 = 7,
  kUInt64 = 8,
  kInt64 = 9,
  kFloat16 = 16,
  kBFloat16 = 17,
  kFloat32 = 18,
  kFloat64 = 19,
  kComplex32 = 24,   ///< two float16
  kComplex64 = 25,   ///< two float32
  kComplex128 = 26,  ///< two float64
  kFloat8E4M3FN = 32,
  kFloat8E5M2 = 33,
  kFloat8E4M3FNUZ = 34,
  kFloat8E5M2FNUZ = 35,
  kFloat8E8M0FNU = 36,
  kFloat4E2M1FNx2 = 37,  ///< two 4-bit values in one byte
  kBits8 = 48,
  kBits16 = 49,
  kBits1x8 = 50,  ///< eight 1-bit values in one byte
  kBits2x4 = 51,
  kBits4x2 = 52,
  kInt1 = 64,
  kInt2 = 65,
  kInt3 = 66,
  kInt4 = 67,
  kInt5 = 68,
  kInt6 = 69,
  kInt7 = 70,
  kUInt1 = 80,
  kUInt2 = 81,
  kUInt3 = 82,
  kUInt4 = 83,
  kUInt5 = 84,
  kUInt6 = 85,
  kUInt7 = 86,
};

/// What a dtype is, for the codec and for display.
struct DTypeInfo {
  DType dtype;
  std::string_view name;  ///< torch's spelling without "torch.": "bfloat16", "float8_e4m3fn"
  std::uint8_t bytes;     ///< size of one element in memory and in the file
  std::uint8_t unit;      ///< size of one component, what the codec works on: 1, 2, 4 or 8
  bool rotate;            ///< whether the codec separates an exponent of 8 or 11 bits (rotation)
};

/// The row of `dtype`, or nullptr when this version does not know the number. Constant time.
const DTypeInfo* FindDType(std::uint8_t number) noexcept;

/// The row of a known dtype. \throws Error invalid_argument for a number outside the list.
const DTypeInfo& Info(DType dtype);

/// The dtype of a name ("bfloat16", also with "torch." before it), or nothing.
std::optional<DType> DTypeFromName(std::string_view name) noexcept;

/// Bytes of one element. \throws Error invalid_argument for a number outside the list.
inline std::uint64_t ElementBytes(DType dtype) { return Info(dtype).bytes; }
inline std::string_view Name(DType dtype) { return Info(dtype).name; }

}  // namespace statestone
