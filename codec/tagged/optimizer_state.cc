#include "statestone/optimizer_state.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "codec/tagged/tag.h"

namespace statestone {
namespace {

using tagged::HasKeys;
using tagged::IsText;

constexpr std::array<std::string_view, 5> kOptimizerKeys = {tagged::kTag, "algorithm", "model",
                                                            "state", "param_groups"};
constexpr std::array<std::string_view, 4> kSchedulerKeys = {tagged::kTag, "algorithm", "optimizer",
                                                            "state"};
constexpr std::string_view kParams = "params";

bool HasTag(const Value& value, std::string_view tag) { return TagOf(value) == tag; }

// Reads a value that has the tag; the first thing that is not as it should be ends it.
class OptimizerReading {
 public:
  OptimizerReading(const Value& value, const ScopeMembers& members)
      : value_(value), members_(members) {}

  std::optional<OptimizerState> Read() {
    const bool holds = HasKeys(value_, kOptimizerKeys)
                           ? ReadTexts() && ReadGroups() && ReadSlots()
                           : Fail("it has other keys than an optimizer has");
    return holds ? std::optional(std::move(optimizer_)) : std::nullopt;
  }

  const std::string& problem() const { return problem_; }

 private:
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool ReadTexts() {
    const Value& algorithm = value_.items()[1];
    const Value& model = value_.items()[2];
    if (algorithm.kind() != ValueKind::kString) return Fail("its algorithm is no text");
    if (model.kind() != ValueKind::kString) return Fail("its model is no text");
    optimizer_.algorithm = algorithm.AsString();
    optimizer_.model = model.AsString();
    return true;
  }

  bool ReadGroups() {
    const Value& groups = value_.items()[4];
    if (groups.kind() != ValueKind::kList) return Fail("its param_groups are no list");
    return std::ranges::all_of(groups.items(),
                               [&](const Value& group) { return ReadGroup(group); });
  }

  bool ReadGroup(const Value& group) {
    if (group.kind() != ValueKind::kMap || group.keys().empty() ||
        !IsText(group.keys().back(), kParams) || group.items().back().kind() != ValueKind::kList) {
      return Fail("a group does not end in params, a list");
    }
    OptimizerState::Group read;
    for (std::size_t i = 0; i + 1 < group.keys().size(); ++i) {
      if (group.keys()[i].kind() != ValueKind::kString) return Fail("an option has no name");
      read.options.emplace_back(group.keys()[i], group.items()[i]);
    }
    for (const Value& parameter : group.items().back().items()) {
      if (parameter.kind() != ValueKind::kString) return Fail("a parameter is no text");
      if (!parameters_.insert(parameter.AsString()).second) {
        return Fail("the parameter \"" + parameter.AsString() + "\" is in it twice");
      }
      read.parameters.push_back(parameter.AsString());
    }
    optimizer_.groups.push_back(std::move(read));
    return true;
  }

  bool ReadSlots() {
    const Value& state = value_.items()[3];
    if (state.kind() == ValueKind::kTensorDict) {
      return members_(state.AsScope()).empty() || Fail("its state holds tensors without slots");
    }
    if (state.kind() != ValueKind::kMap) return Fail("its state is no map");
    for (std::size_t i = 0; i < state.keys().size(); ++i) {
      if (state.keys()[i].kind() != ValueKind::kString) return Fail("a slot has no name");
      if (!ReadSlot(state.keys()[i].AsString(), state.items()[i])) return false;
    }
    return true;
  }

  bool ReadSlot(const std::string& name, const Value& slot) {
    OptimizerState::Slot read{.name = name};
    if (slot.kind() == ValueKind::kTensorDict) {
      for (const auto& [parameter, tensor] : members_(slot.AsScope())) {
        read.values.emplace_back(parameter, Value::Tensor(tensor));
      }
    } else if (slot.kind() == ValueKind::kMap) {
      for (std::size_t i = 0; i < slot.keys().size(); ++i) {
        const Value& key = slot.keys()[i];
        if (key.kind() != ValueKind::kString) return Fail("a slot has a parameter without a name");
        read.values.emplace_back(key.AsString(), slot.items()[i]);
      }
    } else {
      return Fail("the slot \"" + name + "\" is neither a map nor a dict of tensors");
    }
    for (const auto& [parameter, value] : read.values) {
      if (parameters_.contains(parameter)) continue;
      std::string problem = "the slot \"" + name + "\" has \"";
      return Fail(problem.append(parameter).append("\", which no group has"));
    }
    optimizer_.slots.push_back(std::move(read));
    return true;
  }

  const Value& value_;
  const ScopeMembers& members_;
  OptimizerState optimizer_;
  std::unordered_set<std::string> parameters_;
  std::string problem_;
};

Error Invalid(std::string problem, const std::string& name) {
  return {ErrorCode::kInvalidArgument, {.problem = std::move(problem), .found = name}};
}

void RequireWhole(const OptimizerState& optimizer) {
  std::unordered_set<std::string_view> parameters;
  for (const OptimizerState::Group& group : optimizer.groups) {
    for (const std::string& parameter : group.parameters) {
      if (parameters.insert(parameter).second) continue;
      throw Invalid("an optimizer has one parameter twice", parameter);
    }
    if (group.Find(kParams) == nullptr) continue;
    throw Invalid("an option has the name of the list of parameters", std::string(kParams));
  }
  for (const OptimizerState::Slot& slot : optimizer.slots) {
    for (const auto& [parameter, value] : slot.values) {
      if (parameters.contains(parameter)) continue;
      throw Invalid("the slot \"" + slot.name + "\" has a parameter that no group has", parameter);
    }
  }
}

Value MakeSlot(const OptimizerState::Slot& slot, const AddSlotScope& add_scope) {
  if (slot.holds_only_tensors()) {
    std::vector<std::pair<std::string, TensorRef>> tensors;
    for (const auto& [parameter, value] : slot.values) {
      tensors.emplace_back(parameter, value.AsTensor());
    }
    return Value::TensorDict(add_scope(tensors));
  }
  std::vector<Value::Pair> pairs;
  for (const auto& [parameter, value] : slot.values) pairs.emplace_back(parameter, value);
  return Value::Map(std::move(pairs));
}

}  // namespace

const Value* OptimizerState::Group::Find(std::string_view option) const noexcept {
  const auto found = std::ranges::find_if(
      options, [&](const Value::Pair& pair) { return IsText(pair.first, option); });
  return found == options.end() ? nullptr : &found->second;
}

const Value* OptimizerState::Slot::Find(std::string_view parameter) const noexcept {
  const auto found =
      std::ranges::find_if(values, [&](const auto& value) { return value.first == parameter; });
  return found == values.end() ? nullptr : &found->second;
}

bool OptimizerState::Slot::holds_only_tensors() const noexcept {
  return !values.empty() && std::ranges::all_of(values, [](const auto& value) {
    return value.second.kind() == ValueKind::kTensor;
  });
}

const OptimizerState::Slot* OptimizerState::FindSlot(std::string_view name) const noexcept {
  const auto found = std::ranges::find(slots, name, &Slot::name);
  return found == slots.end() ? nullptr : &*found;
}

ScopeMembers MembersIn(const Reader& reader) {
  return [&reader](ScopeRef scope) {
    std::vector<std::pair<std::string, TensorRef>> members;
    for (const TensorRef tensor : reader.Tensors(scope)) {
      members.emplace_back(reader.tensor(tensor).name, tensor);
    }
    return members;
  };
}

ScopeMembers MembersIn(const Checkpoint& checkpoint) {
  return [&checkpoint](ScopeRef scope) {
    std::vector<std::pair<std::string, TensorRef>> members;
    for (const TensorRef tensor : checkpoint.Tensors(scope)) {
      members.emplace_back(checkpoint.tensor(tensor).name, tensor);
    }
    return members;
  };
}

std::string_view TagOf(const Value& value) noexcept {
  const bool is_tagged = value.kind() == ValueKind::kMap && !value.keys().empty() &&
                         IsText(value.keys()[0], tagged::kTag) &&
                         value.items()[0].kind() == ValueKind::kString;
  return is_tagged ? std::string_view(value.items()[0].raw_bytes()) : std::string_view();
}

std::optional<OptimizerState> ReadOptimizerState(const Value& value, const ScopeMembers& members,
                                                 std::string* problem) {
  if (!HasTag(value, "optimizer")) {
    if (problem != nullptr) *problem = "it is not tagged as an optimizer";
    return std::nullopt;
  }
  OptimizerReading reading(value, members);
  std::optional<OptimizerState> read = reading.Read();
  if (!read && problem != nullptr) *problem = reading.problem();
  return read;
}

std::optional<SchedulerState> ReadSchedulerState(const Value& value, std::string* problem) {
  const bool holds = HasTag(value, "scheduler") && HasKeys(value, kSchedulerKeys) &&
                     value.items()[1].kind() == ValueKind::kString &&
                     value.items()[2].kind() == ValueKind::kString &&
                     value.items()[3].kind() == ValueKind::kMap;
  if (holds) {
    return SchedulerState{value.items()[1].AsString(), value.items()[2].AsString(),
                          value.items()[3]};
  }
  if (problem != nullptr) {
    *problem = HasTag(value, "scheduler") ? "it has other parts than a scheduler has"
                                          : "it is not tagged as a scheduler";
  }
  return std::nullopt;
}

Value MakeOptimizerValue(const OptimizerState& optimizer, const AddSlotScope& add_scope) {
  RequireWhole(optimizer);
  std::vector<Value::Pair> state;
  for (const OptimizerState::Slot& slot : optimizer.slots) {
    state.emplace_back(slot.name, MakeSlot(slot, add_scope));
  }
  std::vector<Value> groups;
  for (const OptimizerState::Group& group : optimizer.groups) {
    std::vector<Value::Pair> pairs = group.options;
    std::vector<Value> parameters(group.parameters.begin(), group.parameters.end());
    pairs.emplace_back(kParams, Value::List(std::move(parameters)));
    groups.push_back(Value::Map(std::move(pairs)));
  }
  return Value::Map({{tagged::kTag, "optimizer"},
                     {"algorithm", optimizer.algorithm},
                     {"model", optimizer.model},
                     {"state", Value::Map(std::move(state))},
                     {"param_groups", Value::List(std::move(groups))}});
}

Value MakeSchedulerValue(const SchedulerState& scheduler) {
  return Value::Map({{tagged::kTag, "scheduler"},
                     {"algorithm", scheduler.algorithm},
                     {"optimizer", scheduler.optimizer},
                     {"state", scheduler.state}});
}

}  // namespace statestone
