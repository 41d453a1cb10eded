#include "interop/json/typed_json.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/check/require.h"
#include "codec/text/key_text.h"
#include "interop/json/json_events.h"
#include "interop/json/json_value.h"

namespace statestone::json {
namespace {

constexpr std::string_view kKindKey = "$kind";

bool IsPlainMap(const Value& value) {
  return value.kind() == ValueKind::kMap && std::ranges::all_of(value.keys(), [](const Value& key) {
           return key.kind() == ValueKind::kString && !key.AsString().starts_with('$');
         });
}

// Appends to one text, so that a large value is not copied once for each level.
class Writer {
 public:
  Writer(const TensorNames& names, std::string& text) : names_(names), text_(text) {}

  void Write(const Value& value) {  // NOLINT(misc-no-recursion): values are at most 64 deep
    switch (value.kind()) {
      case ValueKind::kNull:
        text_ += "null";
        return;
      case ValueKind::kBool:
        text_ += value.AsBool() ? "true" : "false";
        return;
      case ValueKind::kInt64:
        text_ += std::to_string(value.AsInt());
        return;
      case ValueKind::kUInt64:
        text_ += std::to_string(value.AsUInt());
        return;
      case ValueKind::kFloat64:
        if (!std::isfinite(value.AsDouble())) return WriteTyped(value);
        text_ += RealText(value.AsDouble());
        return;
      case ValueKind::kString:
        text_ += Quoted(value.AsString());
        return;
      case ValueKind::kList:
        return WriteList(value.items());
      case ValueKind::kMap:
        if (!IsPlainMap(value)) return WriteTyped(value);
        return WriteObject(value);
      default:
        return WriteTyped(value);
    }
  }

 private:
  void WriteList(std::span<const Value> items) {  // NOLINT(misc-no-recursion)
    text_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i != 0) text_ += ',';
      Write(items[i]);
    }
    text_ += ']';
  }

  void WriteObject(const Value& map) {  // NOLINT(misc-no-recursion)
    text_ += '{';
    for (std::size_t i = 0; i < map.items().size(); ++i) {
      if (i != 0) text_ += ',';
      text_ += Quoted(map.keys()[i].AsString());
      text_ += ':';
      Write(map.items()[i]);
    }
    text_ += '}';
  }

  void WriteMember(std::string_view name, std::string_view json) {
    text_ += ",\"";
    text_ += name;
    text_ += "\":";
    text_ += json;
  }

  void WriteTyped(const Value& value) {  // NOLINT(misc-no-recursion)
    text_ += "{\"$kind\":\"" + Name(value.kind()) + '"';
    switch (value.kind()) {
      case ValueKind::kFloat64:
        WriteMember("bits", std::to_string(value.number()));
        break;
      case ValueKind::kComplex128:
        WriteMember("bits", '[' + std::to_string(value.number()) + ',' +
                                std::to_string(value.imaginary()) + ']');
        break;
      case ValueKind::kBigInt:
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
        WriteMember("hex", '"' + text::HexDigits(value.raw_bytes()) + '"');
        break;
      case ValueKind::kTypedScalar:
        WriteMember("dtype", Quoted(value.AsDTypeName()));
        WriteMember("hex", '"' + text::HexDigits(value.raw_bytes()) + '"');
        break;
      case ValueKind::kDType:
      case ValueKind::kDevice:
        WriteMember("text", Quoted(value.raw_bytes()));
        break;
      case ValueKind::kTensor:
        WriteMember("name", Quoted(names_.of_tensor(value.AsTensor())));
        break;
      case ValueKind::kTensorDict:
      case ValueKind::kOrderedTensorDict:
        WriteTensorDict(value.AsScope());
        break;
      default:
        WriteContainer(value);
    }
    if (!value.attributes().is_null()) {
      WriteMember("attributes", "");
      Write(value.attributes());
    }
    text_ += '}';
  }

  void WriteTensorDict(ScopeRef scope) {
    WriteMember("names", "{");
    bool first = true;
    for (const auto& [name, stands_for] : names_.of_scope(scope)) {
      if (!first) text_ += ',';
      first = false;
      text_ += Quoted(name) + ':' + Quoted(stands_for);
    }
    text_ += '}';
  }

  void WriteContainer(const Value& value) {  // NOLINT(misc-no-recursion)
    if (!value.keys().empty()) {
      WriteMember("keys", "");
      WriteList(value.keys());
    }
    WriteMember("items", "");
    WriteList(value.items());
  }

  const TensorNames& names_;
  std::string& text_;
};

void RequireForm(bool condition, const char* problem) {
  Require(CheckSite::kJsonTyped, condition,
          [&] { return Error(ErrorCode::kCorrupt, {.problem = problem}); });
}

// What is absent reads as null, so that nothing worse follows where the check is switched off.
const Value& OrNull(const Value* member) {
  static const Value null;
  return member == nullptr ? null : *member;
}

const Value& Member(const Value& object, std::string_view name, ValueKind kind) {
  const Value* member = object.Find(name);
  RequireForm(member != nullptr && member->kind() == kind, "a typed value lacks one of its parts");
  return OrNull(member);
}

std::uint64_t Bits(const Value& value) {
  RequireForm(value.kind() == ValueKind::kInt64 || value.kind() == ValueKind::kUInt64,
              "a typed value has bits that are no number");
  return value.number();
}

std::string Unhexed(const Value& object) {
  const std::string& digits = Member(object, "hex", ValueKind::kString).AsString();
  RequireForm(digits.size() % 2 == 0, "a typed value has half a byte");
  std::string bytes(digits.size() / 2, '\0');
  const auto nibble = [](char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    RequireForm(digit >= 'a' && digit <= 'f', "a typed value has a byte that is no number");
    return digit - 'a' + 10;
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
  }
  return bytes;
}

Value Typed(const Value& json);

std::vector<Value> TypedItems(const Value& list) {  // NOLINT(misc-no-recursion)
  std::vector<Value> items;
  items.reserve(list.items().size());
  for (const Value& item : list.items()) items.push_back(Typed(item));
  return items;
}

std::vector<Value> Items(const Value& object) {  // NOLINT(misc-no-recursion)
  return TypedItems(Member(object, "items", ValueKind::kList));
}

std::vector<Value::Pair> Pairs(const Value& object) {  // NOLINT(misc-no-recursion)
  std::vector<Value> items = Items(object);
  if (items.empty()) return {};
  std::vector<Value> keys = TypedItems(Member(object, "keys", ValueKind::kList));
  RequireForm(keys.size() == items.size(), "a typed map needs a key for each item");
  std::vector<Value::Pair> pairs;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    pairs.emplace_back(std::move(keys[i]), std::move(items[i]));
  }
  return pairs;
}

Value TypedScalar(const Value& object) {
  const auto dtype = DTypeFromName(Member(object, "dtype", ValueKind::kString).AsString());
  std::string element = Unhexed(object);
  RequireForm(dtype && element.size() == ElementBytes(*dtype), "a typed scalar does not fit");
  return Value::TypedScalar(*dtype, std::move(element));
}

Value Typed(std::string_view kind, const Value& object) {  // NOLINT(misc-no-recursion)
  const auto is = [kind](ValueKind other) { return kind == Name(other); };
  const auto text = [&] { return Member(object, "text", ValueKind::kString).AsString(); };
  if (is(ValueKind::kFloat64)) {
    const Value* bits = object.Find("bits");
    RequireForm(bits != nullptr, "a typed value lacks its bits");
    return {std::bit_cast<double>(Bits(OrNull(bits)))};
  }
  if (is(ValueKind::kComplex128)) {
    const Value& bits = Member(object, "bits", ValueKind::kList);
    RequireForm(bits.items().size() == 2, "a typed complex number has two parts");
    return Value::Complex({std::bit_cast<double>(Bits(bits.items()[0])),
                           std::bit_cast<double>(Bits(bits.items()[1]))});
  }
  if (is(ValueKind::kBigInt)) return Value::Integer(Unhexed(object));
  if (is(ValueKind::kBytes)) return Value::Bytes(Unhexed(object));
  if (is(ValueKind::kByteArray)) return Value::ByteArray(Unhexed(object));
  if (is(ValueKind::kTypedScalar)) return TypedScalar(object);
  if (is(ValueKind::kDType)) return Value::DTypeName(text());
  if (is(ValueKind::kDevice)) return Value::Device(text());
  if (is(ValueKind::kTuple)) return Value::Tuple(Items(object));
  if (is(ValueKind::kSet)) return Value::Set(Items(object));
  if (is(ValueKind::kFrozenSet)) return Value::FrozenSet(Items(object));
  if (is(ValueKind::kSize)) return Value::Size(Items(object));
  if (is(ValueKind::kMap)) return Value::Map(Pairs(object));
  if (is(ValueKind::kOrderedMap)) {
    const Value* attributes = object.Find("attributes");
    return Value::OrderedMap(Pairs(object), attributes != nullptr ? Typed(*attributes) : Value());
  }
  RequireForm(false, "a typed value of no known kind");
  return {};
}

Value Typed(const Value& json) {  // NOLINT(misc-no-recursion): at most kMostLevels deep
  if (json.kind() == ValueKind::kList) return Value::List(TypedItems(json));
  if (json.kind() != ValueKind::kMap) return json;
  if (json.Find(kKindKey) != nullptr) {
    return Typed(Member(json, kKindKey, ValueKind::kString).AsString(), json);
  }
  std::vector<Value::Pair> pairs;
  pairs.reserve(json.items().size());
  for (std::size_t i = 0; i < json.items().size(); ++i) {
    pairs.emplace_back(json.keys()[i], Typed(json.items()[i]));
  }
  return Value::Map(std::move(pairs));
}

}  // namespace

std::string ToJson(const Value& value, const TensorNames& names) {
  std::string text;
  Writer(names, text).Write(value);
  return text;
}

Value FromJson(std::string_view text) {
  ValueEvents events;
  Parse(text, 0, events);
  return Typed(events.Take());
}

bool HoldsTensors(const Value& value) {  // NOLINT(misc-no-recursion)
  const ValueKind kind = value.kind();
  return kind == ValueKind::kTensor || kind == ValueKind::kTensorDict ||
         kind == ValueKind::kOrderedTensorDict ||
         std::ranges::any_of(value.items(), HoldsTensors) ||
         (!value.attributes().is_null() && HoldsTensors(value.attributes()));
}

}  // namespace statestone::json
