#include "torch_bridge/optimizer_state/describe_optimizer.h"

#include <unordered_map>

#include "statestone/display.h"
#include "torch_bridge/optimizer_state/optimizer_kind.h"
#include "torch_bridge/tensor_source.h"

namespace statestone {
namespace {

class Description {
 public:
  Description(const std::vector<NamedTensor>& model, std::string path,
              std::vector<at::Tensor>& tensors)
      : path_(std::move(path)), tensors_(tensors) {
    // Tied parameters are one: it goes by its first name, as in Python's named_parameters().
    for (const NamedTensor& tensor : model) {
      if (tensor.kind != TensorKind::kParameter) continue;
      names_.emplace(tensor.tensor.unsafeGetTensorImpl(), tensor.name);
    }
  }

  OptimizerState Describe(const torch::optim::Optimizer& optimizer) {
    const OptimizerKind& kind = KindOf(optimizer);
    described_.algorithm = kind.algorithm();
    for (const auto& group : optimizer.param_groups()) {
      const std::size_t number = described_.groups.size();
      OptimizerState::Group& made = described_.groups.emplace_back();
      for (const auto& [name, value] : kind.ReadOptions(group.options())) {
        made.options.emplace_back(
            name, Numbered(value, Joined({"param_groups", std::to_string(number), name})));
      }
      for (const at::Tensor& parameter : group.params()) {
        made.parameters.push_back(NameOf(parameter, number, made.parameters.size()));
        DescribeState(kind, optimizer, parameter, made.parameters.back());
      }
    }
    return std::move(described_);
  }

 private:
  std::string NameOf(const at::Tensor& parameter, std::size_t group, std::size_t place) const {
    const auto found = names_.find(parameter.unsafeGetTensorImpl());
    if (found != names_.end()) return found->second;
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = path_,
                 .problem = "the optimizer has a parameter that the model does not have",
                 .found = "group " + std::to_string(group) + ", parameter " + std::to_string(place),
                 .advice = "name the model whose parameters() the optimizer was given"});
  }

  void DescribeState(const OptimizerKind& kind, const torch::optim::Optimizer& optimizer,
                     const at::Tensor& parameter, const std::string& name) {
    const auto found = optimizer.state().find(parameter.unsafeGetTensorImpl());
    if (found == optimizer.state().end() || found->second == nullptr) return;
    for (const auto& [slot, value] : kind.ReadState(*found->second)) {
      SlotOf(slot).values.emplace_back(name, Numbered(value, Joined({"state", slot, name})));
    }
  }

  OptimizerState::Slot& SlotOf(const std::string& name) {
    const auto [place, added] = slots_.emplace(name, described_.slots.size());
    if (added) described_.slots.push_back({.name = name, .values = {}});
    return described_.slots[place->second];
  }

  // In terms of `tensors_`.
  Value Numbered(const StateValue& value, const std::string& path) {
    return WithReferences(value.value, [&](TensorRef place) {
      const at::Tensor& tensor = value.tensors.at(place.index);
      RequireRepresentable(tensor, path);
      tensors_.push_back(tensor);
      return TensorRef{static_cast<std::uint32_t>(tensors_.size() - 1)};
    });
  }

  std::string Joined(std::initializer_list<std::string_view> parts) const {
    std::string path = path_;
    for (const std::string_view part : parts) path += "/" + EscapePathComponent(part);
    return path;
  }

  const std::string path_;
  std::vector<at::Tensor>& tensors_;
  std::unordered_map<const void*, std::string> names_;
  std::unordered_map<std::string, std::size_t> slots_;
  OptimizerState described_;
};

}  // namespace

OptimizerState DescribeOptimizer(const torch::optim::Optimizer& optimizer,
                                 const std::vector<NamedTensor>& model, const std::string& path,
                                 std::vector<at::Tensor>& tensors) {
  return Description(model, path, tensors).Describe(optimizer);
}

Value WriteOptimizer(const OptimizerState& optimizer, const std::vector<at::Tensor>& tensors,
                     Writer& writer) {
  const auto add_anonymous = [&](TensorRef place) {
    return writer.AddAnonymousTensor(Describe(tensors.at(place.index), {}, TensorKind::kTensor));
  };
  OptimizerState written = optimizer;
  for (OptimizerState::Group& group : written.groups) {
    for (auto& [name, option] : group.options) option = WithReferences(option, add_anonymous);
  }
  for (OptimizerState::Slot& slot : written.slots) {
    if (slot.holds_only_tensors()) continue;  // these become a scope, below
    for (auto& [parameter, value] : slot.values) value = WithReferences(value, add_anonymous);
  }
  return MakeOptimizerValue(written, [&](const auto& members) {
    const ScopeRef scope = writer.AddScope();
    for (const auto& [parameter, place] : members) {
      writer.AddTensor(scope, Describe(tensors.at(place.index), parameter, TensorKind::kTensor));
    }
    return scope;
  });
}

}  // namespace statestone
