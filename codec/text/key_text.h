// Keys of maps in display paths: spec/format.md, section 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "statestone/display.h"
#include "statestone/limits.h"
#include "statestone/value.h"

namespace statestone::text {

/// Lower-case hexadecimal digits, two for each byte.
std::string HexDigits(std::string_view bytes);

/// Decimal digits of a two's complement number of any length. Cost: quadratic in the length.
std::string DecimalDigits(std::string_view little_endian);

/// A node of a value tree in memory. Trees in an index have a class of the same shape, so that what
/// is said of paths is said once.
class ValueNode {
 public:
  explicit ValueNode(const Value& value) : value_(&value) {}
  ValueKind kind() const { return value_->kind(); }
  std::uint64_t number() const { return value_->number(); }
  std::string_view bytes() const { return value_->raw_bytes(); }
  std::size_t size() const { return value_->items().size(); }
  ValueNode item(std::size_t i) const { return ValueNode(value_->items()[i]); }
  ValueNode key(std::size_t i) const { return ValueNode(value_->keys()[i]); }
  std::uint32_t tensor() const { return value_->raw_tensor(); }
  std::uint32_t scope() const { return value_->raw_scope(); }

 private:
  const Value* value_;
};

/// Whether a value of this kind can be the key of a map.
template <typename Node>
bool IsKey(const Node& key) {  // NOLINT(misc-no-recursion): at most 80 deep
  switch (key.kind()) {
    case ValueKind::kNull:
    case ValueKind::kBool:
    case ValueKind::kInt64:
    case ValueKind::kUInt64:
    case ValueKind::kBigInt:
    case ValueKind::kFloat64:
    case ValueKind::kString:
    case ValueKind::kBytes:
      return true;
    case ValueKind::kTuple:
      for (std::size_t i = 0; i < key.size(); ++i) {
        if (!IsKey(key.item(i))) return false;
      }
      return true;
    default:
      return false;
  }
}

/// "-3" for an int64, "t1,s61;" for a tuple of 1 and "a"; different keys have different texts.
/// Strings as in a tuple: "s" and hexadecimal digits. Kinds that cannot be keys give "?".
template <typename Node>
std::string KeyText(const Node& key) {  // NOLINT(misc-no-recursion): at most 64 deep
  switch (key.kind()) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return key.number() != 0 ? "true" : "false";
    case ValueKind::kInt64:
      return std::to_string(static_cast<std::int64_t>(key.number()));
    case ValueKind::kUInt64:
      return std::to_string(key.number());
    case ValueKind::kBigInt:
      // A longer one is refused, but perhaps not yet: decimal digits take quadratic time.
      return key.bytes().size() <= limits::kBigIntBytes ? DecimalDigits(key.bytes())
                                                        : "x" + HexDigits(key.bytes());
    case ValueKind::kFloat64: {
      std::string big_endian;
      for (int shift = 56; shift >= 0; shift -= 8) {
        big_endian += static_cast<char>(key.number() >> shift);
      }
      return "f" + HexDigits(big_endian);
    }
    case ValueKind::kString:
      return "s" + HexDigits(key.bytes());
    case ValueKind::kBytes:
      return "b" + HexDigits(key.bytes());
    case ValueKind::kTuple: {
      std::string text = "t";
      for (std::size_t i = 0; i < key.size(); ++i) {
        if (i != 0) text += ',';
        text += KeyText(key.item(i));
      }
      return text + ';';
    }
    default:
      return "?";
  }
}

/// How a key stands in a path: "fc.weight", "\#3", "\#ts61,1;". Different keys give different text.
template <typename Node>
std::string KeyComponentOf(const Node& key) {
  if (key.kind() == ValueKind::kString) return EscapePathComponent(key.bytes());
  return "\\#" + KeyText(key);
}

}  // namespace statestone::text
