#include "codec/container/value_rules.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "codec/check/require.h"
#include "codec/container/index_error.h"
#include "codec/container/schema_node.h"
#include "statestone/display.h"
#include "statestone/value.h"

namespace statestone::container {
namespace {

std::string_view Bytes(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

template <typename Vector>
std::size_t Count(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

bool IsShortestBigInt(std::string_view bytes) {
  if (bytes.size() < 9) return false;
  const auto last = static_cast<unsigned char>(bytes.back());
  const bool sign_before = (static_cast<unsigned char>(bytes[bytes.size() - 2]) & 0x80) != 0;
  // Nine bytes that end in zero are a uint64.
  if (bytes.size() == 9 && last == 0x00) return false;
  return !(last == 0x00 && !sign_before) && !(last == 0xFF && sign_before);
}

const char* MapProblem(const schema::Value& map) {
  if (Count(map.keys()) != Count(map.items())) return "a map with unequal keys and items";
  if (map.keys() == nullptr) return nullptr;
  std::unordered_set<std::string> texts;
  for (const auto* key : *map.keys()) {
    if (!text::IsKey(SchemaNode(*key))) return "a map with a key of a kind that cannot be one";
    if (map.keys()->size() > 1 && !texts.insert(text::KeyText(SchemaNode(*key))).second) {
      return "a map with one key twice";
    }
  }
  return nullptr;
}

const char* ShapeProblem(const schema::Value& value) {
  const auto kind = static_cast<ValueKind>(value.kind());
  const std::string_view bytes = Bytes(value);
  switch (kind) {
    case ValueKind::kBool:
      return value.number() <= 1 ? nullptr : "a boolean that is neither true nor false";
    case ValueKind::kUInt64:
      return value.number() >> 63 ? nullptr : "an uint64 that int64 can hold";
    case ValueKind::kBigInt:
      return IsShortestBigInt(bytes) ? nullptr : "a big_int that is not in its shortest form";
    case ValueKind::kString:
    case ValueKind::kDType:
    case ValueKind::kDevice:
      return IsValidUtf8(bytes) ? nullptr : "a text that is not UTF-8";
    case ValueKind::kSize:
      if (value.items() != nullptr) {
        for (const auto* item : *value.items()) {
          if (static_cast<ValueKind>(item->kind()) != ValueKind::kInt64) {
            return "a size with a member that is no int64";
          }
        }
      }
      return nullptr;
    default:
      return nullptr;
  }
}

// The fields of a value besides `kind`, as bits.
enum Field : unsigned {
  kNumber = 1,
  kImaginary = 2,
  kBytes = 4,
  kKeys = 8,
  kItems = 16,
  kTensor = 32,
  kScope = 64,
  kAttributes = 128
};

unsigned FieldsOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kNull:
      return 0;
    case ValueKind::kBool:
    case ValueKind::kInt64:
    case ValueKind::kUInt64:
    case ValueKind::kFloat64:
      return kNumber;
    case ValueKind::kComplex128:
      return kNumber | kImaginary;
    case ValueKind::kBigInt:
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kByteArray:
    case ValueKind::kDType:
    case ValueKind::kDevice:
      return kBytes;
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
    case ValueKind::kSize:
      return kItems;
    case ValueKind::kMap:
      return kKeys | kItems;
    case ValueKind::kOrderedMap:
      return kKeys | kItems | kAttributes;
    case ValueKind::kTensor:
      return kTensor;
    case ValueKind::kTensorDict:
      return kScope;
    case ValueKind::kOrderedTensorDict:
      return kScope | kAttributes;
    case ValueKind::kTypedScalar:
      return kNumber | kBytes;
  }
  return ~0u;
}

unsigned FieldsThere(const schema::Value& value) {
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  return (value.number() != 0 ? kNumber : 0u) | (value.imaginary() != 0 ? kImaginary : 0u) |
         (Count(value.bytes()) != 0 ? kBytes : 0u) | (Count(value.keys()) != 0 ? kKeys : 0u) |
         (Count(value.items()) != 0 ? kItems : 0u) | (value.tensor() != kNone ? kTensor : 0u) |
         (value.scope() != kNone ? kScope : 0u) |
         (value.attributes() != nullptr ? kAttributes : 0u);
}

bool AttributesAreAMap(const schema::Value& value) {
  if (value.attributes() == nullptr || FieldsOf(static_cast<ValueKind>(value.kind())) == ~0u) {
    return true;
  }
  const auto kind = static_cast<ValueKind>(value.attributes()->kind());
  return kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
}

}  // namespace

void CheckValueShape(const schema::Value& value, std::string_view entry) {
  const auto kind = static_cast<ValueKind>(value.kind());
  Require(CheckSite::kValueFields, (FieldsThere(value) & ~FieldsOf(kind)) == 0, [&] {
    return IndexCorrupt("a value has a field that its kind does not have", "", Name(kind), entry);
  });
  const char* problem = ShapeProblem(value);
  Require(CheckSite::kValueShape, problem == nullptr,
          [&] { return IndexCorrupt(problem, "", "", entry); });
  Require(CheckSite::kValueAttributes, AttributesAreAMap(value), [&] {
    return IndexCorrupt("the attributes of a value are not a map", "map",
                        Name(static_cast<ValueKind>(value.attributes()->kind())), entry);
  });
  if (kind != ValueKind::kMap && kind != ValueKind::kOrderedMap) return;
  problem = MapProblem(value);
  Require(CheckSite::kMapKeys, problem == nullptr,
          [&] { return IndexCorrupt(problem, "", "", entry); });
}

}  // namespace statestone::container
