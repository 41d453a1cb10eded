// How the types of schedulers' fields stand in a state: as Python's state_dict has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "statestone/schedulers/number.h"
#include "statestone/value.h"

namespace statestone::optim {

/// What ints may be, so that a step more, or their conversion to double, is exact.
inline constexpr std::int64_t greatest_int = std::int64_t{1} << 53;

/// `Write` gives the value; `Read` gives the field back, or nothing if the kind is another one.
template <typename T>
struct StateKind;

template <>
struct StateKind<bool> {
  static std::string Wanted() { return "a bool"; }
  static Value Write(bool field) { return field; }
  static std::optional<bool> Read(const Value& value) {
    if (value.kind() != ValueKind::kBool) return std::nullopt;
    return value.AsBool();
  }
};

template <>
struct StateKind<std::int64_t> {
  static std::string Wanted() { return "an int, up to 2^53 in size"; }
  static Value Write(std::int64_t field) { return field; }
  static std::optional<std::int64_t> Read(const Value& value) {
    if (value.kind() != ValueKind::kInt64) return std::nullopt;
    const std::int64_t read = value.AsInt();
    if (read > greatest_int || read < -greatest_int) return std::nullopt;
    return read;
  }
};

template <>
struct StateKind<Number> {
  static std::string Wanted() { return "a float, or an int up to 2^53 in size"; }
  static Value Write(Number field) {
    if (field.is_int()) return static_cast<std::int64_t>(static_cast<double>(field));
    return static_cast<double>(field);
  }
  static std::optional<Number> Read(const Value& value) {
    if (value.kind() == ValueKind::kFloat64) return value.AsDouble();
    return StateKind<std::int64_t>::Read(value);
  }
};

template <>
struct StateKind<std::string> {
  static std::string Wanted() { return "a str"; }
  static Value Write(const std::string& field) { return field; }
  static std::optional<std::string> Read(const Value& value) {
    if (value.kind() != ValueKind::kString) return std::nullopt;
    return value.AsString();
  }
};

/// None; also what stands for a function.
template <>
struct StateKind<std::nullptr_t> {
  static std::string Wanted() { return "None"; }
  static Value Write(std::nullptr_t) { return nullptr; }
  static std::optional<std::nullptr_t> Read(const Value& value) {
    if (!value.is_null()) return std::nullopt;
    return nullptr;
  }
};

template <typename T>
struct StateKind<std::optional<T>> {
  static std::string Wanted() { return "None, or " + StateKind<T>::Wanted(); }
  static Value Write(const std::optional<T>& field) {
    return field ? StateKind<T>::Write(*field) : Value();
  }
  static std::optional<std::optional<T>> Read(const Value& value) {
    if (value.is_null()) return std::optional<T>();
    const auto read = StateKind<T>::Read(value);
    if (!read) return std::nullopt;
    return std::optional<T>(*read);
  }
};

/// A tuple is taken for a list: Python keeps whichever it was given.
template <typename T>
struct StateKind<std::vector<T>> {
  static std::string Wanted() { return "a list, each item " + StateKind<T>::Wanted(); }
  static Value Write(const std::vector<T>& field) {
    std::vector<Value> items;
    for (const T& item : field) items.push_back(StateKind<T>::Write(item));
    return Value::List(std::move(items));
  }
  static std::optional<std::vector<T>> Read(const Value& value) {
    if (value.kind() != ValueKind::kList && value.kind() != ValueKind::kTuple) return std::nullopt;
    std::vector<T> field;
    for (const Value& item : value.items()) {
      auto read = StateKind<T>::Read(item);
      if (!read) return std::nullopt;
      field.push_back(std::move(*read));
    }
    return field;
  }
};

/// A Counter: a dict from ints to ints.
template <>
struct StateKind<std::vector<std::pair<std::int64_t, std::int64_t>>> {
  static std::string Wanted() { return "a dict of ints to ints"; }
  static Value Write(const std::vector<std::pair<std::int64_t, std::int64_t>>& field);
  static std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> Read(const Value& value);
};

}  // namespace statestone::optim
