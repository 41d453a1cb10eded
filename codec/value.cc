#include "statestone/value.h"

#include <bit>
#include <cmath>
#include <limits>

#include "statestone/error.h"

namespace statestone {
namespace {

constexpr std::string_view kKindNames[] = {"null",         "boolean",     "int64",
                                           "uint64",       "big_int",     "float64",
                                           "complex128",   "string",      "bytes",
                                           "byte_array",   "list",        "tuple",
                                           "set",          "map",         "ordered_map",
                                           "size",         "dtype",       "device",
                                           "tensor",       "tensor_dict", "ordered_tensor_dict",
                                           "typed_scalar", "frozen_set"};

// Two's complement without the bytes that only repeat the sign.
std::string Shortened(std::string_view bytes) {
  while (bytes.size() > 1) {
    const auto last = static_cast<unsigned char>(bytes.back());
    const bool sign_before = (static_cast<unsigned char>(bytes[bytes.size() - 2]) & 0x80) != 0;
    if (!((last == 0x00 && !sign_before) || (last == 0xFF && sign_before))) break;
    bytes.remove_suffix(1);
  }
  return std::string(bytes);
}

}  // namespace

std::string Name(ValueKind kind) {
  const auto number = static_cast<std::size_t>(kind);
  if (number < std::size(kKindNames)) return std::string(kKindNames[number]);
  return "unknown kind " + std::to_string(number);
}

Value::Value(bool value) : kind_(ValueKind::kBool), number_(value) {}
Value::Value(int value) : Value(static_cast<long long>(value)) {}
Value::Value(unsigned value) : Value(static_cast<unsigned long long>(value)) {}
Value::Value(long value) : Value(static_cast<long long>(value)) {}
Value::Value(unsigned long value) : Value(static_cast<unsigned long long>(value)) {}
Value::Value(long long value)
    : kind_(ValueKind::kInt64), number_(static_cast<std::uint64_t>(value)) {}
Value::Value(unsigned long long value)
    : kind_(value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                ? ValueKind::kUInt64
                : ValueKind::kInt64),
      number_(value) {}
Value::Value(double value)
    : kind_(ValueKind::kFloat64), number_(std::bit_cast<std::uint64_t>(value)) {}
Value::Value(const char* text) : Value(std::string(text)) {}
Value::Value(std::string text) : kind_(ValueKind::kString), bytes_(std::move(text)) {}
Value::Value(std::string_view text) : Value(std::string(text)) {}
Value::Value(std::initializer_list<Pair> map) : Value(Map(std::vector<Pair>(map))) {}

Value Value::Container(ValueKind kind, std::vector<Value> items) {
  Value value;
  value.kind_ = kind;
  value.items_ = std::move(items);
  return value;
}

Value Value::Text(ValueKind kind, std::string bytes) {
  Value value;
  value.kind_ = kind;
  value.bytes_ = std::move(bytes);
  return value;
}

Value Value::Integer(std::string_view little_endian) {
  const std::string bytes = Shortened(little_endian);
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  if (bytes.size() > 9 || (bytes.size() == 9 && bytes.back() != 0)) {
    return Text(ValueKind::kBigInt, bytes);
  }
  std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) {
    number &= ~(std::uint64_t{0xFF} << (8 * i));
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  if (bytes.size() == 9) return {static_cast<unsigned long long>(number)};
  return {static_cast<long long>(number)};
}

Value Value::Complex(std::complex<double> number) {
  Value value;
  value.kind_ = ValueKind::kComplex128;
  value.number_ = std::bit_cast<std::uint64_t>(number.real());
  value.imaginary_ = std::bit_cast<std::uint64_t>(number.imag());
  return value;
}

Value Value::Bytes(std::string bytes) { return Text(ValueKind::kBytes, std::move(bytes)); }
Value Value::ByteArray(std::string bytes) { return Text(ValueKind::kByteArray, std::move(bytes)); }
Value Value::List(std::vector<Value> items) {
  return Container(ValueKind::kList, std::move(items));
}
Value Value::Tuple(std::vector<Value> items) {
  return Container(ValueKind::kTuple, std::move(items));
}
Value Value::Set(std::vector<Value> items) { return Container(ValueKind::kSet, std::move(items)); }
Value Value::FrozenSet(std::vector<Value> items) {
  return Container(ValueKind::kFrozenSet, std::move(items));
}
Value Value::Size(std::vector<Value> dims) { return Container(ValueKind::kSize, std::move(dims)); }

Value Value::Map(std::vector<Pair> pairs) {
  Value value;
  value.kind_ = ValueKind::kMap;
  value.keys_.reserve(pairs.size());
  value.items_.reserve(pairs.size());
  for (Pair& pair : pairs) {
    value.keys_.push_back(std::move(pair.first));
    value.items_.push_back(std::move(pair.second));
  }
  return value;
}

Value Value::OrderedMap(std::vector<Pair> pairs) { return OrderedMap(std::move(pairs), Value()); }

Value Value::OrderedMap(std::vector<Pair> pairs, Value attributes) {
  Value value = Map(std::move(pairs));
  value.kind_ = ValueKind::kOrderedMap;
  if (!attributes.is_null()) {
    value.attributes_ = std::make_shared<const Value>(std::move(attributes));
  }
  return value;
}

Value Value::DTypeName(std::string name) { return Text(ValueKind::kDType, std::move(name)); }
Value Value::Device(std::string device) { return Text(ValueKind::kDevice, std::move(device)); }

Value Value::Tensor(TensorRef tensor) {
  Value value;
  value.kind_ = ValueKind::kTensor;
  value.tensor_ = tensor.index;
  return value;
}

Value Value::TensorDict(ScopeRef scope) {
  Value value;
  value.kind_ = ValueKind::kTensorDict;
  value.scope_ = scope.index;
  return value;
}

Value Value::OrderedTensorDict(ScopeRef scope) { return OrderedTensorDict(scope, Value()); }

Value Value::OrderedTensorDict(ScopeRef scope, Value attributes) {
  Value value = TensorDict(scope);
  value.kind_ = ValueKind::kOrderedTensorDict;
  if (!attributes.is_null()) {
    value.attributes_ = std::make_shared<const Value>(std::move(attributes));
  }
  return value;
}

Value Value::TypedScalar(DType dtype, std::string element) {
  if (element.size() != ElementBytes(dtype)) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "a typed scalar needs the bytes of one element",
                 .expected = std::to_string(ElementBytes(dtype)) + " bytes",
                 .found = std::to_string(element.size())});
  }
  Value value = Text(ValueKind::kTypedScalar, std::move(element));
  value.number_ = static_cast<std::uint8_t>(dtype);
  return value;
}

void Value::Expect(bool holds, std::string_view wanted) const {
  if (holds) return;
  throw Error(ErrorCode::kInvalidArgument, {.problem = "the value is of another kind",
                                            .expected = std::string(wanted),
                                            .found = Name(kind_),
                                            .advice = "ask for its kind() first"});
}

bool Value::AsBool() const {
  Expect(kind_ == ValueKind::kBool, "boolean");
  return number_ != 0;
}

std::int64_t Value::AsInt() const {
  Expect(kind_ == ValueKind::kInt64, "int64");
  return static_cast<std::int64_t>(number_);
}

std::uint64_t Value::AsUInt() const {
  const bool fits = kind_ == ValueKind::kUInt64 ||
                    (kind_ == ValueKind::kInt64 && static_cast<std::int64_t>(number_) >= 0);
  Expect(fits, "an integer that is not negative");
  return number_;
}

double Value::AsDouble() const {
  if (kind_ == ValueKind::kInt64) {
    const auto integer = static_cast<std::int64_t>(number_);
    constexpr std::int64_t kExact = std::int64_t{1} << 53;
    if (integer >= -kExact && integer <= kExact) return static_cast<double>(integer);
  }
  Expect(kind_ == ValueKind::kFloat64, "float64");
  return std::bit_cast<double>(number_);
}

std::complex<double> Value::AsComplex() const {
  Expect(kind_ == ValueKind::kComplex128, "complex128");
  return {std::bit_cast<double>(number_), std::bit_cast<double>(imaginary_)};
}

const std::string& Value::AsString() const {
  Expect(kind_ == ValueKind::kString, "string");
  return bytes_;
}

const std::string& Value::AsBytes() const {
  Expect(kind_ == ValueKind::kBytes || kind_ == ValueKind::kByteArray ||
             kind_ == ValueKind::kBigInt || kind_ == ValueKind::kTypedScalar,
         "bytes, byte_array, big_int or typed_scalar");
  return bytes_;
}

std::string Value::AsDTypeName() const {
  if (kind_ == ValueKind::kTypedScalar) {
    const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(number_));
    return info == nullptr ? "dtype " + std::to_string(number_) : std::string(info->name);
  }
  Expect(kind_ == ValueKind::kDType, "dtype or typed_scalar");
  return bytes_;
}

const std::string& Value::AsDevice() const {
  Expect(kind_ == ValueKind::kDevice, "device");
  return bytes_;
}

TensorRef Value::AsTensor() const {
  Expect(kind_ == ValueKind::kTensor, "tensor");
  return {tensor_};
}

ScopeRef Value::AsScope() const {
  Expect(kind_ == ValueKind::kTensorDict || kind_ == ValueKind::kOrderedTensorDict,
         "tensor_dict or ordered_tensor_dict");
  return {scope_};
}

const Value& Value::attributes() const noexcept {
  static const Value null;
  return attributes_ == nullptr ? null : *attributes_;
}

const Value* Value::Find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys_.size() && i < items_.size(); ++i) {
    if (keys_[i].kind_ == ValueKind::kString && keys_[i].bytes_ == key) return &items_[i];
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  Expect(kind_ == ValueKind::kMap || kind_ == ValueKind::kOrderedMap, "map or ordered_map");
  if (const Value* item = Find(key)) return *item;
  throw Error(ErrorCode::kNotFound,
              {.entry = std::string(key), .problem = "the map has no such key"});
}

bool operator==(const Value& a, const Value& b) {
  return a.kind_ == b.kind_ && a.number_ == b.number_ && a.imaginary_ == b.imaginary_ &&
         a.tensor_ == b.tensor_ && a.scope_ == b.scope_ && a.bytes_ == b.bytes_ &&
         a.keys_ == b.keys_ && a.items_ == b.items_ &&
         (a.attributes_ == b.attributes_ || a.attributes() == b.attributes());
}

Value Value::FromFields(Fields fields) {
  Value value;
  value.kind_ = fields.kind;
  value.number_ = fields.number;
  value.imaginary_ = fields.imaginary;
  value.bytes_ = std::move(fields.bytes);
  value.keys_ = std::move(fields.keys);
  value.items_ = std::move(fields.items);
  value.tensor_ = fields.tensor;
  value.scope_ = fields.scope;
  if (fields.attributes != nullptr) value.attributes_ = std::move(fields.attributes);
  return value;
}

}  // namespace statestone
