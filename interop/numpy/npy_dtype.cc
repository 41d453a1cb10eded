#include "interop/numpy/npy_dtype.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/check/require.h"

namespace statestone::numpy {
namespace {

struct Named {
  std::string_view name;
  DType dtype;
};

constexpr std::array<Named, 16> kNumbers = {{
    {"b1", DType::kBool},
    {"u1", DType::kUInt8},
    {"i1", DType::kInt8},
    {"u2", DType::kUInt16},
    {"i2", DType::kInt16},
    {"u4", DType::kUInt32},
    {"i4", DType::kInt32},
    {"u8", DType::kUInt64},
    {"i8", DType::kInt64},
    {"f2", DType::kFloat16},
    {"f4", DType::kFloat32},
    {"f8", DType::kFloat64},
    {"c8", DType::kComplex64},
    {"c16", DType::kComplex128},
    {"V1", DType::kBits8},
    {"V2", DType::kBits16},
}};

Error Unsupported(std::string_view descriptor, std::string problem, std::string advice) {
  return Error(ErrorCode::kUnsupported, {.problem = std::move(problem),
                                         .expected = "little-endian numbers or booleans",
                                         .found = std::string(descriptor),
                                         .advice = std::move(advice)});
}

Error Refusal(std::string_view descriptor) {
  const char kind = descriptor.size() > 1 ? descriptor[1] : '\0';
  if (kind == 'M' || kind == 'm') {
    return Unsupported(descriptor, "the array holds dates or times",
                       "save array.view(\"int64\") instead");
  }
  if (kind == 'U' || kind == 'S' || kind == 'a') {
    return Unsupported(descriptor, "the array holds texts", "keep texts beside the arrays");
  }
  return Unsupported(descriptor, "the dtype of the array has no counterpart",
                     "convert it with array.astype to a dtype of numbers and save it again");
}

}  // namespace

DType DTypeOfDescriptor(std::string_view descriptor) {
  Require(CheckSite::kNpyStructured, !descriptor.empty(), [] {
    return Unsupported("a list of fields", "the array is structured",
                       "save each field as an array of its own");
  });
  const char order = descriptor.front();
  const std::string_view name = descriptor.substr(1);
  Require(CheckSite::kNpyObjects, !name.starts_with('O') && !descriptor.starts_with('O'), [&] {
    return Error(ErrorCode::kUnsafe,
                 {.problem = "the array holds Python objects, which are a pickle that can run code",
                  .found = std::string(descriptor),
                  .advice = "where the file is trusted, load it with numpy and save its numbers "
                            "with array.astype"});
  });
  const auto* found = std::ranges::find(kNumbers, name, &Named::name);
  const bool known = found != kNumbers.end() && std::string_view("<>|").find(order) != name.npos;
  Require(CheckSite::kNpyDtype, known, [&] { return Refusal(descriptor); });
  const bool one_byte = ElementBytes(found->dtype) == 1;
  // Types of one byte have no order; numbers of more that have none are written by nobody.
  const bool little = one_byte || order == '<' || (order == '|' && name.front() == 'V');
  Require(CheckSite::kNpyByteOrder, little, [&] {
    return Unsupported(descriptor, "the array is big-endian or of no byte order",
                       "save array.astype(array.dtype.newbyteorder(\"<\")) instead");
  });
  return found->dtype;
}

}  // namespace statestone::numpy
