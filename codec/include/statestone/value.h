// Nested plain data: what a checkpoint holds beside tensors, and how it refers to tensors.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/dtype.h"

namespace statestone {

/// A tensor of one Reader (its index in the file) or of one Writer (its number there). Never mix.
struct TensorRef {
  std::uint32_t index = 0;
  friend auto operator<=>(const TensorRef&, const TensorRef&) = default;
};

/// A set of tensor names of one Reader or one Writer.
struct ScopeRef {
  std::uint32_t index = 0;
  friend auto operator<=>(const ScopeRef&, const ScopeRef&) = default;
};

/// The numbers are stored in files and are those of `ValueKind` in schema/statestone.fbs.
enum class ValueKind : std::uint8_t {
  kNull = 0,
  kBool = 1,
  kInt64 = 2,
  kUInt64 = 3,   ///< only for what int64 cannot hold
  kBigInt = 4,   ///< beyond uint64: two's complement, little-endian
  kFloat64 = 5,  ///< every bit pattern is kept, NaN payloads too
  kComplex128 = 6,
  kString = 7,  ///< UTF-8
  kBytes = 8,
  kByteArray = 9,
  kList = 10,
  kTuple = 11,
  kSet = 12,
  kMap = 13,         ///< in order of insertion; Python's dict
  kOrderedMap = 14,  ///< Python's OrderedDict
  kSize = 15,        ///< torch.Size
  kDType = 16,       ///< a dtype by name, such as "bfloat16"
  kDevice = 17,      ///< such as "cuda:0"
  kTensor = 18,
  kTensorDict = 19,         ///< dict with string keys and only tensors: a scope
  kOrderedTensorDict = 20,  ///< the same from an OrderedDict: a state_dict
  kTypedScalar = 21,        ///< a number with its own element type: a NumPy scalar
  kFrozenSet = 22,
};

/// "ordered_map" for ValueKind::kOrderedMap; "unknown kind 99" for a number of the future.
std::string Name(ValueKind kind);

/// One node of a value tree. A plain value type: copying copies the tree, and any number of threads
/// may read one. Accessors of the wrong kind throw Error invalid_argument that names both kinds.
class Value {
 public:
  using Pair = std::pair<Value, Value>;

  Value() = default;                       ///< null
  Value(std::nullptr_t) {}                 // NOLINT(google-explicit-constructor)
  Value(bool value);                       // NOLINT(google-explicit-constructor)
  Value(int value);                        // NOLINT(google-explicit-constructor)
  Value(unsigned value);                   // NOLINT(google-explicit-constructor)
  Value(long value);                       // NOLINT(google-explicit-constructor)
  Value(unsigned long value);              // NOLINT(google-explicit-constructor)
  Value(long long value);                  // NOLINT(google-explicit-constructor)
  Value(unsigned long long value);         // NOLINT(google-explicit-constructor)
  Value(double value);                     // NOLINT(google-explicit-constructor)
  Value(const char* text);                 // NOLINT(google-explicit-constructor)
  Value(std::string text);                 // NOLINT(google-explicit-constructor)
  Value(std::string_view text);            // NOLINT(google-explicit-constructor)
  Value(std::initializer_list<Pair> map);  ///< {{"width", 128}, {"dropout", 0.1}}

  /// Two's complement, little-endian, any length: becomes int64, uint64 or big_int as it fits.
  static Value Integer(std::string_view little_endian);
  static Value Complex(std::complex<double> value);
  static Value Bytes(std::string bytes);
  static Value ByteArray(std::string bytes);
  static Value List(std::vector<Value> items);
  static Value Tuple(std::vector<Value> items);
  static Value Set(std::vector<Value> items);
  static Value FrozenSet(std::vector<Value> items);
  static Value Size(std::vector<Value> dims);
  static Value Map(std::vector<Pair> pairs);
  /// `attributes` is a map (the `_metadata` of a state_dict under that key), or null for none.
  static Value OrderedMap(std::vector<Pair> pairs);
  static Value OrderedMap(std::vector<Pair> pairs, Value attributes);
  static Value DTypeName(std::string name);
  static Value Device(std::string device);
  static Value Tensor(TensorRef tensor);
  static Value TensorDict(ScopeRef scope);
  static Value OrderedTensorDict(ScopeRef scope);
  static Value OrderedTensorDict(ScopeRef scope, Value attributes);
  static Value TypedScalar(DType dtype, std::string element);

  ValueKind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == ValueKind::kNull; }

  bool AsBool() const;
  std::int64_t AsInt() const;    ///< int64; also uint64 never: that does not fit
  std::uint64_t AsUInt() const;  ///< uint64, or an int64 that is not negative
  double AsDouble() const;       ///< float64, or an int64 below 2^53 in size
  std::complex<double> AsComplex() const;
  const std::string& AsString() const;
  const std::string& AsBytes() const;  ///< bytes, byte_array, big_int, element of a typed_scalar
  std::string AsDTypeName() const;     ///< of dtype and typed_scalar
  const std::string& AsDevice() const;
  TensorRef AsTensor() const;
  ScopeRef AsScope() const;  ///< of tensor_dict and ordered_tensor_dict

  /// Members of a list, tuple, set, frozen_set or size; values of a map, in order.
  std::span<const Value> items() const noexcept { return items_; }
  /// Keys of a map, as many as items().
  std::span<const Value> keys() const noexcept { return keys_; }
  /// The attributes of an ordered map or ordered tensor dict, or null.
  const Value& attributes() const noexcept;

  /// The item under a string key of a map, or nullptr. Linear in the map's size.
  const Value* Find(std::string_view key) const noexcept;
  /// The item under a string key. \throws Error not_found
  const Value& operator[](std::string_view key) const;
  const Value& operator[](const char* key) const { return (*this)[std::string_view(key)]; }

  /// Equal kinds and bits, attributes included. NaNs of equal bits are equal.
  friend bool operator==(const Value& a, const Value& b);

  /// The fields as the schema has them, whatever the kind: for code that copies or walks values.
  struct Fields {
    ValueKind kind = ValueKind::kNull;
    std::uint64_t number = 0;
    std::uint64_t imaginary = 0;
    std::string bytes;
    std::vector<Value> keys;
    std::vector<Value> items;
    std::uint32_t tensor = 0xFFFFFFFF;
    std::uint32_t scope = 0xFFFFFFFF;
    std::unique_ptr<Value> attributes;
  };
  static Value FromFields(Fields fields);

  std::uint64_t number() const noexcept { return number_; }
  std::uint64_t imaginary() const noexcept { return imaginary_; }
  const std::string& raw_bytes() const noexcept { return bytes_; }
  std::uint32_t raw_tensor() const noexcept { return tensor_; }
  std::uint32_t raw_scope() const noexcept { return scope_; }

 private:
  void Expect(bool holds, std::string_view wanted) const;
  static Value Container(ValueKind kind, std::vector<Value> items);
  static Value Text(ValueKind kind, std::string bytes);

  ValueKind kind_ = ValueKind::kNull;
  std::uint32_t tensor_ = 0xFFFFFFFF;
  std::uint32_t scope_ = 0xFFFFFFFF;
  std::uint64_t number_ = 0;
  std::uint64_t imaginary_ = 0;
  std::string bytes_;
  std::vector<Value> keys_;
  std::vector<Value> items_;
  std::shared_ptr<const Value> attributes_;  // immutable, so that copies may share it
};

}  // namespace statestone
