#include "torch_bridge/optimizer_state/state_value.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "statestone/error.h"

namespace statestone {
namespace {

constexpr double kWholeBelow = 9007199254740992.0;  // 2^53: beyond, doubles skip whole numbers

bool IsScalar(const at::Tensor& tensor) {
  return tensor.numel() == 1 && !tensor.is_complex() && !tensor.is_meta();
}

std::string Describe(const StateValue& value) {
  if (!value.is_tensor()) {
    return Name(value.value.kind());
  }
  const at::Tensor& tensor = value.tensor();
  std::string text = std::string(tensor.toString()) + " [";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(tensor.size(i));
  }
  return text + "]";
}

bool IsNumber(const StateValue& value) {
  switch (value.value.kind()) {
    case ValueKind::kInt64:
    case ValueKind::kFloat64:
      return true;
    case ValueKind::kTensor:
      return IsScalar(value.tensor());
    default:
      return false;
  }
}

StateValue TupleInKindOf(const StateValue& stored, const StateValue& number, bool exact) {
  std::vector<Value> items;
  StateValue made;
  for (std::size_t i = 0; i < number.value.items().size(); ++i) {
    const StateValue one = InKindOf({stored.value.items()[i], stored.tensors},
                                    {number.value.items()[i], number.tensors}, exact);
    if (!one.is_tensor()) {
      items.push_back(one.value);
      continue;
    }
    items.push_back(Value::Tensor({static_cast<std::uint32_t>(made.tensors.size())}));
    made.tensors.push_back(one.tensor());
  }
  made.value = Value::Tuple(std::move(items));
  return made;
}

}  // namespace

StateValue StateValue::Of(at::Tensor tensor) { return {Value::Tensor({0}), {std::move(tensor)}}; }

const StateValue* Find(const StateValues& values, std::string_view name) {
  const auto found =
      std::ranges::find_if(values, [&](const auto& value) { return value.first == name; });
  return found == values.end() ? nullptr : &found->second;
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
Value WithReferences(const Value& value, const std::function<TensorRef(TensorRef)>& replace,
                     const std::function<ScopeRef(ScopeRef)>& replace_scope) {
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  Value::Fields fields;
  fields.kind = value.kind();
  fields.number = value.number();
  fields.imaginary = value.imaginary();
  fields.bytes = value.raw_bytes();
  fields.scope = value.raw_scope();
  if (value.raw_tensor() != kNone) fields.tensor = replace({value.raw_tensor()}).index;
  if (value.raw_scope() != kNone && replace_scope) {
    fields.scope = replace_scope({value.raw_scope()}).index;
  }
  const auto same = [&](const Value& part) { return WithReferences(part, replace, replace_scope); };
  for (const Value& key : value.keys()) fields.keys.push_back(same(key));
  for (const Value& item : value.items()) fields.items.push_back(same(item));
  if (!value.attributes().is_null()) {
    fields.attributes = std::make_unique<Value>(same(value.attributes()));
  }
  return Value::FromFields(std::move(fields));
}

Error NoFit(std::string_view name, std::string_view expected, const StateValue& found) {
  return {ErrorCode::kMismatch,
          {.entry = std::string(name),
           .problem = "the stored value does not fit the optimizer",
           .expected = std::string(expected),
           .found = Describe(found)}};
}

double NumberOf(const StateValue& value, std::string_view name) {
  if (!IsNumber(value)) throw NoFit(name, "a number", value);
  if (value.is_tensor()) return value.tensor().to(at::kCPU, at::kDouble).item<double>();
  if (value.value.kind() == ValueKind::kInt64) return static_cast<double>(value.value.AsInt());
  return value.value.AsDouble();
}

std::int64_t CountOf(const StateValue& value, std::string_view name) {
  if (value.value.kind() == ValueKind::kInt64) return value.value.AsInt();
  const double number = NumberOf(value, name);
  if (std::trunc(number) == number && std::abs(number) < kWholeBelow) {
    return static_cast<std::int64_t>(number);
  }
  throw Error(ErrorCode::kMismatch, {.entry = std::string(name),
                                     .problem = "the stored value does not fit the optimizer",
                                     .expected = "a whole number",
                                     .found = std::to_string(number)});
}

// NOLINTNEXTLINE(misc-no-recursion): a tuple of numbers
StateValue InKindOf(const StateValue& stored, const StateValue& number, bool exact) {
  const bool tuples = stored.value.kind() == ValueKind::kTuple &&
                      number.value.kind() == ValueKind::kTuple &&
                      stored.value.items().size() == number.value.items().size();
  if (tuples) return TupleInKindOf(stored, number, exact);
  if (!IsNumber(stored) || !IsNumber(number)) return number;
  const double now = NumberOf(number, "");
  if (NumberOf(stored, "") == now && stored.value.kind() != ValueKind::kInt64) return stored;
  if (stored.is_tensor()) {
    const at::Tensor& like = stored.tensor();
    at::Tensor made = at::full(like.sizes(), now, like.options().requires_grad(false));
    if (!exact || made.to(at::kDouble).item<double>() == now)
      return StateValue::Of(std::move(made));
    return number;
  }
  const bool whole = std::trunc(now) == now && std::abs(now) < kWholeBelow;
  if (stored.value.kind() == ValueKind::kInt64 && whole) {
    return {Value(static_cast<std::int64_t>(now)), {}};
  }
  return {Value(now), {}};
}

}  // namespace statestone
