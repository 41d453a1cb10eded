// One value of an optimizer's state or options, with torch's tensors in it.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "statestone/error.h"
#include "statestone/value.h"

namespace statestone {

/// A value whose tensor references are places in `tensors`.
struct StateValue {
  Value value;
  std::vector<at::Tensor> tensors;

  static StateValue Of(at::Tensor tensor);

  bool is_tensor() const { return value.kind() == ValueKind::kTensor; }
  /// Only if is_tensor().
  const at::Tensor& tensor() const { return tensors.at(value.AsTensor().index); }
};

/// Names and values in the order of Python's dict.
using StateValues = std::vector<std::pair<std::string, StateValue>>;

const StateValue* Find(const StateValues& values, std::string_view name);

/// The same tree, each reference to a tensor replaced, and to a scope where `replace_scope` is
/// given.
Value WithReferences(const Value& value, const std::function<TensorRef(TensorRef)>& replace,
                     const std::function<ScopeRef(ScopeRef)>& replace_scope = {});

/// A number of Python: an int, a float, or a tensor of one element. \throws Error mismatch for
/// anything else, with `name` as the entry
double NumberOf(const StateValue& value, std::string_view name);

/// The same, if it is a whole number that int64 holds. \throws Error mismatch
std::int64_t CountOf(const StateValue& value, std::string_view name);

/// `number` in the kind that `stored` has: an int stays an int while the number is whole, a tensor
/// of one element one of its type. With `exact`, a tensor only while it can hold the number.
StateValue InKindOf(const StateValue& stored, const StateValue& number, bool exact);

Error NoFit(std::string_view name, std::string_view expected, const StateValue& found);

}  // namespace statestone
