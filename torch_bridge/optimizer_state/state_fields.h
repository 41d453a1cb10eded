// State of one parameter, read and made by one description of its fields.
#pragma once

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <c10/core/DefaultDtype.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "statestone/error.h"
#include "torch_bridge/optimizer_state/optimizer_kind.h"

namespace statestone {

/// Collects fields as Python holds them. Undefined tensors are left out.
class StateReader {
 public:
  /// A tensor without dimensions on the CPU in Python: float32, or float64 where that is the
  /// default.
  void Step(std::string_view name, std::int64_t value) {
    const bool wide = c10::get_default_dtype_as_scalartype() == at::kDouble;
    Add(name, StateValue::Of(at::scalar_tensor(
                  static_cast<double>(value), at::TensorOptions(wide ? at::kDouble : at::kFloat))));
  }

  void Int(std::string_view name, std::int64_t value) { Add(name, {Value(value), {}}); }
  void Float(std::string_view name, double value) { Add(name, {Value(value), {}}); }

  void LikeParameter(std::string_view name, const at::Tensor& tensor) {
    if (tensor.defined()) Add(name, StateValue::Of(tensor));
  }
  void MaybeLikeParameter(std::string_view name, const at::Tensor& tensor) {
    LikeParameter(name, tensor);
  }
  void Flat(std::string_view name, const at::Tensor& tensor) { LikeParameter(name, tensor); }

  /// One that starts as the int 1 in Python, as an int64 tensor in C++.
  void OneOrTensor(std::string_view name, const at::Tensor& tensor) {
    if (!tensor.defined()) return;
    if (tensor.scalar_type() == at::kLong) return Int(name, tensor.item<std::int64_t>());
    LikeParameter(name, tensor);
  }

  void Tensors(std::string_view name, const std::deque<at::Tensor>& tensors) {
    Add(name, ListOf({tensors.begin(), tensors.end()}));
  }

  void Holes(std::string_view name, const std::optional<std::vector<at::Tensor>>& tensors) {
    if (tensors) Add(name, ListOf(*tensors));
  }

  StateValues Take() { return std::move(values_); }

 private:
  void Add(std::string_view name, StateValue value) {
    values_.emplace_back(name, std::move(value));
  }

  // Undefined tensors are None.
  static StateValue ListOf(const std::vector<at::Tensor>& tensors) {
    StateValue list;
    std::vector<Value> items;
    for (const at::Tensor& tensor : tensors) {
      if (!tensor.defined()) {
        items.emplace_back();
        continue;
      }
      items.push_back(Value::Tensor({static_cast<std::uint32_t>(list.tensors.size())}));
      list.tensors.push_back(tensor);
    }
    list.value = Value::List(std::move(items));
    return list;
  }

  StateValues values_;
};

/// Fills fields from what was stored; tensors go to the parameter's device.
class StateMaker {
 public:
  StateMaker(const StateValues& stored, const ParameterPlace& place)
      : stored_(stored), place_(place) {}

  void Step(std::string_view name, std::int64_t& field) {
    field = CountOf(Require(name), name);
    if (field < 0 || field >= kMostSteps) throw NoFit(name, "a count of steps", Require(name));
  }

  void Int(std::string_view name, std::int64_t& field) { field = CountOf(Require(name), name); }

  void Float(std::string_view name, double& field) {
    if (const StateValue* stored = Find(stored_, name)) field = NumberOf(*stored, name);
  }

  void LikeParameter(std::string_view name, at::Tensor& field) {
    Require(name);
    MaybeLikeParameter(name, field);
  }

  void MaybeLikeParameter(std::string_view name, at::Tensor& field) {
    const StateValue* stored = Find(stored_, name);
    if (stored == nullptr || stored->value.is_null()) return;
    if (!stored->is_tensor() || stored->tensor().sizes() != place_.parameter.sizes()) {
      throw NoFit(name, "a tensor of the parameter's shape", *stored);
    }
    field = Placed(stored->tensor());
  }

  void Flat(std::string_view name, at::Tensor& field) {
    const StateValue* stored = Find(stored_, name);
    if (stored == nullptr || stored->value.is_null()) return;
    if (!stored->is_tensor()) throw NoFit(name, "a tensor", *stored);
    field = FlatTensor(name, *stored, stored->tensor());
  }

  void OneOrTensor(std::string_view name, at::Tensor& field) {
    const StateValue* stored = Find(stored_, name);
    if (stored == nullptr || stored->value.is_null()) return;
    if (stored->value.kind() == ValueKind::kInt64) {
      field = at::tensor(stored->value.AsInt());
      return;
    }
    if (!stored->is_tensor() || stored->tensor().numel() != 1) {
      throw NoFit(name, "a tensor of one element", *stored);
    }
    field = Placed(stored->tensor());
  }

  void Tensors(std::string_view name, std::deque<at::Tensor>& field) {
    const StateValue* stored = Find(stored_, name);
    if (stored == nullptr || stored->value.is_null()) return;
    for (const at::Tensor& tensor : List(name, *stored, /*holes=*/false)) field.push_back(tensor);
  }

  void Holes(std::string_view name, std::optional<std::vector<at::Tensor>>& field) {
    const StateValue* stored = Find(stored_, name);
    if (stored != nullptr && !stored->value.is_null()) {
      field = List(name, *stored, /*holes=*/true);
    }
  }

 private:
  // Every double below counts whole numbers; the next steps must not overflow.
  static constexpr std::int64_t kMostSteps = std::int64_t{1} << 53;

  const StateValue& Require(std::string_view name) const {
    if (const StateValue* found = Find(stored_, name)) return *found;
    throw Error(ErrorCode::kMismatch, {.entry = std::string(name),
                                       .problem = "the stored optimizer lacks this state",
                                       .advice = "is it of the same class?"});
  }

  at::Tensor Placed(const at::Tensor& tensor) const { return tensor.to(place_.parameter.device()); }

  // All parameters in a row, or one number.
  at::Tensor FlatTensor(std::string_view name, const StateValue& stored,
                        const at::Tensor& tensor) const {
    const bool fits =
        tensor.numel() == 1 || (tensor.dim() == 1 && tensor.numel() == place_.elements);
    if (!fits) throw NoFit(name, "one element for each of all parameters", stored);
    return Placed(tensor);
  }

  std::vector<at::Tensor> List(std::string_view name, const StateValue& stored, bool holes) const {
    if (stored.value.kind() != ValueKind::kList) throw NoFit(name, "a list of tensors", stored);
    std::vector<at::Tensor> tensors;
    for (const Value& item : stored.value.items()) {
      const bool hole = holes && item.is_null();
      if (!hole && item.kind() != ValueKind::kTensor) {
        throw NoFit(name, "a list of tensors", {item, stored.tensors});
      }
      tensors.push_back(hole ? at::Tensor()
                             : FlatTensor(name, stored, stored.tensors.at(item.AsTensor().index)));
    }
    return tensors;
  }

  const StateValues& stored_;
  const ParameterPlace& place_;
};

}  // namespace statestone
