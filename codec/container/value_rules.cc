#include "codec/container/value_rules.h"

#include <string>

#include "codec/check/require.h"
#include "codec/container/index_error.h"
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

bool IsKeyKind(ValueKind kind) {
  switch (kind) {
    case ValueKind::kNull:
    case ValueKind::kBool:
    case ValueKind::kInt64:
    case ValueKind::kUInt64:
    case ValueKind::kBigInt:
    case ValueKind::kFloat64:
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kTuple:
      return true;
    default:
      return false;
  }
}

bool IsKey(const schema::Value& key) {
  const auto kind = static_cast<ValueKind>(key.kind());
  if (!IsKeyKind(kind)) return false;
  // A tuple's members are looked at one level down; deeper ones when they are visited themselves.
  if (kind == ValueKind::kTuple && key.items() != nullptr) {
    for (const auto* item : *key.items()) {
      if (!IsKeyKind(static_cast<ValueKind>(item->kind()))) return false;
    }
  }
  return true;
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
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      if (Count(value.keys()) != Count(value.items())) return "a map with unequal keys and items";
      if (value.keys() != nullptr) {
        for (const auto* key : *value.keys()) {
          if (!IsKey(*key)) return "a map with a key of a kind that cannot be one";
        }
      }
      return nullptr;
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

bool AttributesFit(const schema::Value& value) {
  if (value.attributes() == nullptr) return true;
  const auto kind = static_cast<ValueKind>(value.kind());
  const auto inner = static_cast<ValueKind>(value.attributes()->kind());
  const bool unknown = static_cast<std::uint8_t>(kind) > 22;
  return unknown || ((kind == ValueKind::kOrderedMap || kind == ValueKind::kOrderedTensorDict) &&
                     (inner == ValueKind::kMap || inner == ValueKind::kOrderedMap));
}

}  // namespace

void CheckValueShape(const schema::Value& value, std::string_view entry) {
  const char* problem = ShapeProblem(value);
  Require(CheckSite::kValueShape, problem == nullptr,
          [&] { return IndexCorrupt(problem, "", "", entry); });
  Require(CheckSite::kValueAttributes, AttributesFit(value), [&] {
    return IndexCorrupt("attributes on a value that cannot have them", "",
                        Name(static_cast<ValueKind>(value.kind())), entry);
  });
}

}  // namespace statestone::container
