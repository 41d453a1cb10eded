// Optimizers and schedulers as a file keeps them: maps with a tag, by section 7.2 of the format.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/reader.h"
#include "statestone/value.h"

namespace statestone {

/// An optimizer's state by the names of its parameters: what Python's `state_dict()` of it holds
/// under positions. Tensors are references of the Reader or Checkpoint that it was read from.
struct OptimizerState {
  /// Parameters that share their options.
  struct Group {
    std::vector<std::string> parameters;
    std::vector<Value::Pair> options;  ///< string keys ("lr", "betas", ...) in order

    /// The option of this name, or nullptr.
    const Value* Find(std::string_view option) const noexcept;
  };

  /// One name of the state of each parameter ("exp_avg"), with its value for those that have it.
  struct Slot {
    std::string name;
    std::vector<std::pair<std::string, Value>> values;

    /// The value for this parameter, or nullptr. Linear in the number of parameters.
    const Value* Find(std::string_view parameter) const noexcept;

    /// Whether it stands as a dict of tensors: there are values, and each is a tensor.
    bool holds_only_tensors() const noexcept;
  };

  std::string algorithm;  ///< plain name of the class: "AdamW"; empty if not known
  /// Display path of the model or dict of tensors of which `parameters` are names; empty if not
  /// known.
  std::string model;
  std::vector<Slot> slots;
  std::vector<Group> groups;

  /// The slot of this name, or nullptr.
  const Slot* FindSlot(std::string_view name) const noexcept;
};

/// A scheduler of learning rates, its state as Python's `state_dict()` of it is.
struct SchedulerState {
  std::string algorithm;  ///< plain name of the class: "CosineAnnealingLR"
  std::string optimizer;  ///< display path of the optimizer that it steers; empty if not known
  Value state;            ///< a map
};

/// Names and tensors of a scope, in order of insertion.
using ScopeMembers = std::function<std::vector<std::pair<std::string, TensorRef>>(ScopeRef)>;
ScopeMembers MembersIn(const Reader& reader);          ///< which must outlive it
ScopeMembers MembersIn(const Checkpoint& checkpoint);  ///< which must outlive it

/// What a value's tag says that it stands for ("optimizer", "sparse_coo", ...), or nothing.
std::string_view TagOf(const Value& value) noexcept;

/// The optimizer that a value stands for, or nothing where it is some other value: also one that
/// has the tag and is not as the format says; `problem` then tells why, if it is not null. Cost:
/// the size of the tree. Thread-safe.
std::optional<OptimizerState> ReadOptimizerState(const Value& value, const ScopeMembers& members,
                                                 std::string* problem = nullptr);
std::optional<SchedulerState> ReadSchedulerState(const Value& value,
                                                 std::string* problem = nullptr);

/// Makes the tensors of one slot a scope, named by their parameters.
using AddSlotScope =
    std::function<ScopeRef(const std::vector<std::pair<std::string, TensorRef>>& tensors)>;

/// The value that stands for an optimizer. A slot of nothing but tensors becomes a tensor dict, of
/// the scope that `add_scope` makes; others become maps, whose tensors stay as they are.
/// \throws Error invalid_argument (two groups have one parameter, a slot has one that no group has,
///     an option is named "params")
Value MakeOptimizerValue(const OptimizerState& optimizer, const AddSlotScope& add_scope);
Value MakeSchedulerValue(const SchedulerState& scheduler);

/// Python's `optimizer.state_dict()`: the state by positions, as torch numbers parameters. Every
/// tensor is a reference of its own.
Value MakeStateDict(const OptimizerState& optimizer);

/// The other way: an optimizer from a value that has the form of Python's `state_dict()`, with
/// names for its parameters in the order of their positions, or nothing if MakeStateDict would not
/// give back the same value. Algorithm and model are left empty.
std::optional<OptimizerState> ReadStateDict(const Value& state_dict, const ScopeMembers& members,
                                            const std::vector<std::string>& parameters);

}  // namespace statestone
