// Options of an optimizer, read and made by one description of their fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>

#include "statestone/error.h"
#include "torch_bridge/optimizer_state/state_value.h"

namespace statestone {

/// Collects fields with the kinds that Python gives them.
class OptionReader {
 public:
  void Float(std::string_view name, double value) { Add(name, Value(value)); }

  /// One that is there or not.
  void MaybeFloat(std::string_view name, const std::optional<double>& value) {
    if (value) Float(name, *value);
  }

  /// One whose default in Python is an int.
  void Number(std::string_view name, double value, std::int64_t python_default) {
    if (value == static_cast<double>(python_default)) return Add(name, Value(python_default));
    Float(name, value);
  }

  void Pair(std::string_view name, const std::tuple<double, double>& value) {
    Add(name, Value::Tuple({Value(std::get<0>(value)), Value(std::get<1>(value))}));
  }

  void Flag(std::string_view name, bool value) { Add(name, Value(value)); }
  void Int(std::string_view name, std::int64_t value) { Add(name, Value(value)); }

  void Int(std::string_view name, const std::optional<std::int64_t>& value) {
    Add(name, value ? Value(*value) : Value());
  }

  void Text(std::string_view name, const std::optional<std::string>& value) {
    Add(name, value ? Value(*value) : Value());
  }

  /// One that only Python has.
  void Lacking(std::string_view name, Value python_default) {
    Add(name, std::move(python_default));
  }
  /// The same, where C++ does what `value` says and nothing else.
  void Fixed(std::string_view name, bool value) { Add(name, Value(value)); }

  StateValues Take() { return std::move(values_); }

 private:
  void Add(std::string_view name, Value value) {
    values_.emplace_back(name, StateValue{std::move(value), {}});
  }

  StateValues values_;
};

/// Fills fields from what was stored.
class OptionMaker {
 public:
  explicit OptionMaker(const StateValues& stored) : stored_(stored) {}

  void Float(std::string_view name, double& field) { field = NumberOf(Require(name), name); }

  void MaybeFloat(std::string_view name, std::optional<double>& field) {
    if (const StateValue* stored = Find(stored_, name)) field = NumberOf(*stored, name);
  }

  void Number(std::string_view name, double& field, std::int64_t) { Float(name, field); }

  void Pair(std::string_view name, std::tuple<double, double>& field) {
    const StateValue& stored = Require(name);
    const auto items = stored.value.items();
    if (items.size() != 2) throw NoFit(name, "two numbers", stored);
    field = {NumberOf({items[0], stored.tensors}, name),
             NumberOf({items[1], stored.tensors}, name)};
  }

  void Flag(std::string_view name, bool& field) { field = Boolean(name); }
  void Int(std::string_view name, std::int64_t& field) { field = CountOf(Require(name), name); }

  void Int(std::string_view name, std::optional<std::int64_t>& field) {
    const StateValue& stored = Require(name);
    field.reset();
    if (!stored.value.is_null()) field = CountOf(stored, name);
  }

  void Text(std::string_view name, std::optional<std::string>& field) {
    const StateValue& stored = Require(name);
    field.reset();
    if (stored.value.is_null()) return;
    if (stored.value.kind() != ValueKind::kString) throw NoFit(name, "a text or None", stored);
    field = stored.value.AsString();
  }

  void Lacking(std::string_view, const Value&) {}

  void Fixed(std::string_view name, bool value) {
    if (Find(stored_, name) == nullptr || Boolean(name) == value) return;
    throw Error(ErrorCode::kUnsupported,
                {.entry = std::string(name),
                 .problem = "the optimizer of C++ does not have this option",
                 .expected = value ? "True" : "False",
                 .found = value ? "False" : "True",
                 .advice = "it would take other steps than Python's; train on in Python"});
  }

 private:
  const StateValue& Require(std::string_view name) const {
    if (const StateValue* found = Find(stored_, name)) return *found;
    throw Error(ErrorCode::kMismatch, {.entry = std::string(name),
                                       .problem = "the stored optimizer lacks this option",
                                       .advice = "is it of the same class?"});
  }

  bool Boolean(std::string_view name) const {
    const StateValue& stored = Require(name);
    if (stored.value.kind() != ValueKind::kBool) throw NoFit(name, "True or False", stored);
    return stored.value.AsBool();
  }

  const StateValues& stored_;
};

}  // namespace statestone
