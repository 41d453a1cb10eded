// Optimizers as Python's state_dict() gives them: parameters by position.
#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "codec/tagged/tag.h"
#include "statestone/optimizer_state.h"

namespace statestone {
namespace {

using tagged::IsText;

constexpr std::array<std::string_view, 2> kKeys = {"state", "param_groups"};

// A slot's place among the keys of each parameter's state.
class SlotOrder {
 public:
  explicit SlotOrder(OptimizerState& optimizer) : optimizer_(optimizer) {}

  OptimizerState::Slot& At(const std::string& name) {
    const auto [place, added] = places_.emplace(name, optimizer_.slots.size());
    if (added) optimizer_.slots.push_back({.name = name});
    return optimizer_.slots[place->second];
  }

 private:
  OptimizerState& optimizer_;
  std::unordered_map<std::string, std::size_t> places_;
};

bool ReadParameterState(const Value& state, const ScopeMembers& members,
                        const std::string& parameter, SlotOrder& slots) {
  if (state.kind() == ValueKind::kTensorDict) {
    for (const auto& [name, tensor] : members(state.AsScope())) {
      slots.At(name).values.emplace_back(parameter, Value::Tensor(tensor));
    }
    return true;
  }
  if (state.kind() != ValueKind::kMap) return false;
  for (std::size_t i = 0; i < state.keys().size(); ++i) {
    if (state.keys()[i].kind() != ValueKind::kString) return false;
    slots.At(state.keys()[i].AsString()).values.emplace_back(parameter, state.items()[i]);
  }
  return true;
}

// Whether two values are equal once dicts of tensors are maps of references.
class SameStateDict {
 public:
  explicit SameStateDict(const ScopeMembers& members) : members_(members) {}

  bool operator()(const Value& made, const Value& found) const {  // NOLINT(misc-no-recursion)
    if (found.kind() == ValueKind::kTensorDict) return SameMembers(made, found);
    if (made.kind() != found.kind() || !std::ranges::equal(made.keys(), found.keys()) ||
        made.items().size() != found.items().size()) {
      return false;
    }
    if (made.items().empty()) return made == found;
    for (std::size_t i = 0; i < made.items().size(); ++i) {
      if (!(*this)(made.items()[i], found.items()[i])) return false;
    }
    return made.attributes() == found.attributes();
  }

 private:
  bool SameMembers(const Value& made, const Value& found) const {
    if (made == found) return true;  // an option that was taken over as it is
    if (made.kind() != ValueKind::kMap) return false;
    const auto tensors = members_(found.AsScope());
    if (tensors.size() != made.items().size()) return false;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (!IsText(made.keys()[i], tensors[i].first) ||
          made.items()[i] != Value::Tensor(tensors[i].second)) {
        return false;
      }
    }
    return true;
  }

  const ScopeMembers& members_;
};

bool ReadGroups(const Value& groups, const std::vector<std::string>& parameters,
                OptimizerState& optimizer) {
  if (groups.kind() != ValueKind::kList) return false;
  std::size_t position = 0;
  for (const Value& group : groups.items()) {
    if (group.kind() != ValueKind::kMap || group.keys().empty() ||
        !IsText(group.keys().back(), "params") || group.items().back().kind() != ValueKind::kList) {
      return false;
    }
    OptimizerState::Group read;
    for (std::size_t i = 0; i + 1 < group.keys().size(); ++i) {
      if (group.keys()[i].kind() != ValueKind::kString) return false;
      read.options.emplace_back(group.keys()[i], group.items()[i]);
    }
    const std::size_t count = group.items().back().items().size();
    if (count > parameters.size() - position) return false;
    for (std::size_t i = 0; i < count; ++i) read.parameters.push_back(parameters[position++]);
    optimizer.groups.push_back(std::move(read));
  }
  return position == parameters.size();
}

bool ReadSlots(const Value& state, const ScopeMembers& members,
               const std::vector<std::string>& parameters, OptimizerState& optimizer) {
  // A dict of nothing but tensors would be state without positions; the empty one is fine.
  if (state.kind() == ValueKind::kTensorDict) return members(state.AsScope()).empty();
  if (state.kind() != ValueKind::kMap) return false;
  SlotOrder slots(optimizer);
  for (std::size_t i = 0; i < state.keys().size(); ++i) {
    const Value& key = state.keys()[i];
    if (key.kind() != ValueKind::kInt64 || key.number() >= parameters.size()) return false;
    if (!ReadParameterState(state.items()[i], members, parameters[key.number()], slots)) {
      return false;
    }
  }
  return true;
}

// The position of each parameter, as torch counts them through the groups.
std::unordered_map<std::string_view, std::int64_t> Positions(const OptimizerState& optimizer) {
  std::unordered_map<std::string_view, std::int64_t> positions;
  for (const OptimizerState::Group& group : optimizer.groups) {
    for (const std::string& parameter : group.parameters) {
      positions.emplace(parameter, static_cast<std::int64_t>(positions.size()));
    }
  }
  return positions;
}

Value MakeState(const OptimizerState& optimizer) {
  const auto positions = Positions(optimizer);
  // Parameters in the order in which the slots first name them: that of Python's dict.
  std::vector<std::pair<std::int64_t, std::vector<Value::Pair>>> state;
  std::unordered_map<std::int64_t, std::size_t> places;
  for (const OptimizerState::Slot& slot : optimizer.slots) {
    for (const auto& [parameter, value] : slot.values) {
      const std::int64_t position = positions.at(parameter);
      const auto [place, added] = places.emplace(position, state.size());
      if (added) state.emplace_back(position, std::vector<Value::Pair>());
      state[place->second].second.emplace_back(slot.name, value);
    }
  }
  std::vector<Value::Pair> pairs;
  pairs.reserve(state.size());
  for (auto& [position, values] : state)
    pairs.emplace_back(position, Value::Map(std::move(values)));
  return Value::Map(std::move(pairs));
}

}  // namespace

Value MakeStateDict(const OptimizerState& optimizer) {
  std::vector<Value> groups;
  std::int64_t position = 0;
  for (const OptimizerState::Group& group : optimizer.groups) {
    std::vector<Value::Pair> pairs = group.options;
    std::vector<Value> positions;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) positions.emplace_back(position++);
    pairs.emplace_back("params", Value::List(std::move(positions)));
    groups.push_back(Value::Map(std::move(pairs)));
  }
  return Value::Map({{kKeys[0], MakeState(optimizer)}, {kKeys[1], Value::List(std::move(groups))}});
}

std::optional<OptimizerState> ReadStateDict(const Value& state_dict, const ScopeMembers& members,
                                            const std::vector<std::string>& parameters) {
  if (!tagged::HasKeys(state_dict, kKeys)) return std::nullopt;
  OptimizerState optimizer;
  if (!ReadGroups(state_dict.items()[1], parameters, optimizer) ||
      !ReadSlots(state_dict.items()[0], members, parameters, optimizer) ||
      !SameStateDict(members)(MakeStateDict(optimizer), state_dict)) {
    return std::nullopt;
  }
  return optimizer;
}

}  // namespace statestone
