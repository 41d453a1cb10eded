#include "interop/hdf5/element_type.h"

#include <array>
#include <cstdint>

namespace statestone::hdf5 {
namespace {

// Bits of an IEEE-like float, and the dtype it is.
struct FloatForm {
  std::size_t bytes;
  std::size_t exponent_bits;
  std::size_t mantissa_bits;
  std::size_t bias;
  DType dtype;
};

constexpr std::array<FloatForm, 4> kFloats = {{{2, 5, 10, 15, DType::kFloat16},
                                               {2, 8, 7, 127, DType::kBFloat16},
                                               {4, 8, 23, 127, DType::kFloat32},
                                               {8, 11, 52, 1023, DType::kFloat64}}};

// Whether every bit of an element counts, and the bytes are in one of the two usual orders.
bool IsWhole(hid_t type) {
  const H5T_order_t order = H5Tget_order(type);
  return H5Tget_precision(type) == 8 * H5Tget_size(type) && H5Tget_offset(type) == 0 &&
         (order == H5T_ORDER_LE || order == H5T_ORDER_BE);
}

std::optional<DType> IntegerDType(hid_t type) {
  if (!IsWhole(type)) return std::nullopt;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (H5Tget_size(type)) {
    case 1:
      return is_signed ? DType::kInt8 : DType::kUInt8;
    case 2:
      return is_signed ? DType::kInt16 : DType::kUInt16;
    case 4:
      return is_signed ? DType::kInt32 : DType::kUInt32;
    case 8:
      return is_signed ? DType::kInt64 : DType::kUInt64;
    default:
      return std::nullopt;
  }
}

std::optional<DType> FloatDType(hid_t type) {
  if (!IsWhole(type) || H5Tget_norm(type) != H5T_NORM_IMPLIED) return std::nullopt;
  std::size_t sign = 0;
  std::size_t exponent = 0;
  std::size_t exponent_bits = 0;
  std::size_t mantissa = 0;
  std::size_t mantissa_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0) {
    return std::nullopt;
  }
  for (const FloatForm& form : kFloats) {
    if (H5Tget_size(type) == form.bytes && H5Tget_ebias(type) == form.bias &&
        sign == 8 * form.bytes - 1 && exponent == form.mantissa_bits &&
        exponent_bits == form.exponent_bits && mantissa == 0 &&
        mantissa_bits == form.mantissa_bits) {
      return form.dtype;
    }
  }
  return std::nullopt;
}

// Whether member `index` of an enumeration or a compound is called that.
bool IsMember(hid_t type, unsigned index, std::string_view name) {
  char* found = H5Tget_member_name(type, index);
  const bool same = found != nullptr && name == found;
  H5free_memory(found);
  return same;
}

// The enumeration that h5py makes of NumPy's bool.
bool IsBool(hid_t type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return false;
  for (unsigned i = 0; i < 2; ++i) {
    std::uint8_t value = 2;
    if (H5Tget_member_value(type, i, &value) < 0 || value != i) return false;
    if (!IsMember(type, i, i == 0 ? "FALSE" : "TRUE")) return false;
  }
  return true;
}

NumberType Numbers(hid_t type, DType dtype) {
  NumberType numbers{.dtype = dtype, .in_memory = {H5Tcopy(type), H5Tclose, "a type is wrong"}};
  numbers.as_stored = H5Tget_size(type) == 1 || H5Tget_order(type) == H5T_ORDER_LE;
  if (!numbers.as_stored) H5Tset_order(numbers.in_memory.id(), H5T_ORDER_LE);
  return numbers;
}

std::optional<DType> ComplexOf(DType part) {
  switch (part) {
    case DType::kFloat16:
      return DType::kComplex32;
    case DType::kFloat32:
      return DType::kComplex64;
    case DType::kFloat64:
      return DType::kComplex128;
    default:
      return std::nullopt;
  }
}

// The compound that h5py makes of complex numbers: two floats called r and i.
std::optional<NumberType> FindComplexType(hid_t type) {
  if (H5Tget_nmembers(type) != 2 || !IsMember(type, 0, "r") || !IsMember(type, 1, "i")) {
    return std::nullopt;
  }
  const Handle real(H5Tget_member_type(type, 0), H5Tclose, "a type is wrong");
  const Handle imaginary(H5Tget_member_type(type, 1), H5Tclose, "a type is wrong");
  if (H5Tequal(real.id(), imaginary.id()) <= 0 || H5Tget_class(real.id()) != H5T_FLOAT) {
    return std::nullopt;
  }
  const std::optional<DType> part = FloatDType(real.id());
  const std::optional<DType> both = part ? ComplexOf(*part) : std::nullopt;
  if (!both) return std::nullopt;
  const NumberType half = Numbers(real.id(), *part);
  const std::size_t bytes = H5Tget_size(real.id());
  NumberType numbers{
      .dtype = *both,
      .in_memory = {H5Tcreate(H5T_COMPOUND, 2 * bytes), H5Tclose, "a type cannot be made"}};
  H5Tinsert(numbers.in_memory.id(), "r", 0, half.in_memory.id());
  H5Tinsert(numbers.in_memory.id(), "i", bytes, half.in_memory.id());
  numbers.as_stored = half.as_stored && H5Tget_size(type) == 2 * bytes &&
                      H5Tget_member_offset(type, 0) == 0 && H5Tget_member_offset(type, 1) == bytes;
  return numbers;
}

}  // namespace

std::optional<NumberType> FindNumberType(hid_t type) {
  std::optional<DType> dtype;
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      dtype = IntegerDType(type);
      break;
    case H5T_FLOAT:
      dtype = FloatDType(type);
      break;
    case H5T_ENUM:
      if (IsBool(type)) dtype = DType::kBool;
      break;
    case H5T_COMPOUND:
      return FindComplexType(type);
    default:
      break;
  }
  if (!dtype) return std::nullopt;
  return Numbers(type, *dtype);
}

bool IsText(hid_t type) { return H5Tget_class(type) == H5T_STRING; }

std::string DescribeType(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return "integers of " + std::to_string(H5Tget_precision(type)) + " bits in " +
             std::to_string(H5Tget_size(type)) + " bytes";
    case H5T_FLOAT:
      return "floats of " + std::to_string(H5Tget_precision(type)) + " bits in " +
             std::to_string(H5Tget_size(type)) + " bytes";
    case H5T_TIME:
      return "times";
    case H5T_BITFIELD:
      return "bit fields";
    case H5T_OPAQUE:
      return "opaque data";
    case H5T_COMPOUND:
      return "a compound type";
    case H5T_REFERENCE:
      return "references";
    case H5T_ENUM:
      return "an enumeration";
    case H5T_VLEN:
      return "sequences of variable length";
    case H5T_ARRAY:
      return "arrays as elements";
    default:
      return "a type that is unknown";
  }
}

}  // namespace statestone::hdf5
