#include "interop/optimizer/parameter_names.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "codec/text/display_path.h"
#include "codec/text/reference_walk.h"
#include "interop/optimizer/state_dict_form.h"
#include "statestone/display.h"

namespace statestone::optimizer {
namespace {

using Shape = std::vector<std::uint64_t>;

// State that has the shape of its parameter, in one or the other of torch's optimizers.
constexpr std::array<std::string_view, 12> kLikeParameter = {
    "exp_avg",  "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg",
    "grad_avg", "sum",        "acc_delta",      "exp_inf",         "ax",
    "prev",     "step_size"};

bool IsMap(const Value& value) {
  return value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
void FindInValue(const Value& value, const std::string& path, std::vector<NamedScope>& found) {
  if (text::IsTensorDict(value.kind())) {
    found.push_back({path, value.AsScope()});
    return;
  }
  if (IsStateDictForm(value) || !TagOf(value).empty()) return;
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const std::string step = IsMap(value) ? KeyComponent(value.keys()[i]) : std::to_string(i);
    FindInValue(value.items()[i], path.empty() ? step : std::string(path).append("/").append(step),
                found);
  }
}

// By position: the names that torch kept, or nothing unless it kept one for each.
std::optional<std::vector<std::string>> KeptNames(const Value& state_dict) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (const Value& group : state_dict["param_groups"].items()) {
    const Value* kept = group.Find("param_names");
    const Value* params = group.Find("params");
    if (kept == nullptr || params == nullptr || kept->kind() != ValueKind::kList ||
        kept->items().size() != params->items().size()) {
      return std::nullopt;
    }
    for (const Value& name : kept->items()) {
      if (name.kind() != ValueKind::kString || !seen.insert(name.AsString()).second) {
        return std::nullopt;
      }
      names.push_back(name.AsString());
    }
  }
  return names;
}

std::size_t CountParameters(const Value& state_dict) {
  std::size_t count = 0;
  for (const Value& group : state_dict["param_groups"].items()) {
    const Value* params = group.Find("params");
    if (params != nullptr) count += params->items().size();
  }
  return count;
}

// By position: the shapes of parameters, of those whose state tells.
std::unordered_map<std::uint64_t, Shape> ShapesOf(const Checkpoint& checkpoint,
                                                  const Value& state_dict) {
  std::unordered_map<std::uint64_t, Shape> shapes;
  const ScopeMembers members = MembersIn(checkpoint);
  const Value& state = state_dict["state"];
  const auto note = [&](std::uint64_t position, std::string_view slot, TensorRef tensor) {
    if (std::ranges::find(kLikeParameter, slot) == kLikeParameter.end()) return;
    shapes.emplace(position, checkpoint.tensor(tensor).shape);
  };
  for (std::size_t i = 0; i < state.keys().size(); ++i) {
    if (state.keys()[i].kind() != ValueKind::kInt64) continue;
    const std::uint64_t position = state.keys()[i].number();
    const Value& slots = state.items()[i];
    if (slots.kind() == ValueKind::kTensorDict) {
      for (const auto& [name, tensor] : members(slots.AsScope())) note(position, name, tensor);
    }
    for (std::size_t k = 0; k < slots.keys().size(); ++k) {
      if (slots.keys()[k].kind() != ValueKind::kString ||
          slots.items()[k].kind() != ValueKind::kTensor) {
        continue;
      }
      note(position, slots.keys()[k].AsString(), slots.items()[k].AsTensor());
    }
  }
  return shapes;
}

// Whether a scope has every name, with the shape that is known of it.
bool HasAll(const Checkpoint& checkpoint, ScopeRef scope, const std::vector<std::string>& names,
            const std::unordered_map<std::uint64_t, Shape>& shapes) {
  std::unordered_map<std::string_view, const Shape*> there;
  for (const TensorRef tensor : checkpoint.Tensors(scope)) {
    const TensorSource& source = checkpoint.tensor(tensor);
    there.emplace(source.name, &source.shape);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = there.find(names[i]);
    const auto shape = shapes.find(i);
    if (found == there.end()) return false;
    if (shape != shapes.end() && shape->second != *found->second) return false;
  }
  return true;
}

// By position: the tensors of the scope that alone have the shapes, or nothing. Each of its tensors
// must be one of the parameters: an optimizer of a part could as well be one of something else.
std::optional<std::vector<std::string>> NamesByShape(
    const Checkpoint& checkpoint, ScopeRef scope, std::size_t parameters,
    const std::unordered_map<std::uint64_t, Shape>& shapes) {
  if (checkpoint.Tensors(scope).size() != parameters) return std::nullopt;
  std::map<Shape, std::vector<std::string>> by_shape;
  for (const TensorRef tensor : checkpoint.Tensors(scope)) {
    const TensorSource& source = checkpoint.tensor(tensor);
    by_shape[source.shape].push_back(source.name);
  }
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < parameters; ++i) {
    const auto shape = shapes.find(i);
    if (shape == shapes.end()) return std::nullopt;
    const auto found = by_shape.find(shape->second);
    if (found == by_shape.end() || found->second.size() != 1 ||
        !taken.insert(found->second.front()).second) {
      return std::nullopt;
    }
    names.push_back(found->second.front());
  }
  return names;
}

}  // namespace

std::vector<NamedScope> FindNamedScopes(const Checkpoint& checkpoint) {
  std::vector<NamedScope> found;
  for (const Checkpoint::Entry& entry : checkpoint.entries()) {
    const std::string path = EscapePathComponent(entry.name);
    if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
      found.push_back({path, model->scope});
    } else if (const auto* value = std::get_if<Value>(&entry.body)) {
      FindInValue(*value, path, found);
    }
  }
  return found;
}

std::optional<ParameterNames> FindParameterNames(const Checkpoint& checkpoint,
                                                 const Value& state_dict,
                                                 std::span<const NamedScope> scopes) {
  const auto shapes = ShapesOf(checkpoint, state_dict);
  if (auto kept = KeptNames(state_dict)) {
    std::vector<std::string> models;
    for (const NamedScope& candidate : scopes) {
      if (HasAll(checkpoint, candidate.scope, *kept, shapes)) models.push_back(candidate.path);
    }
    return ParameterNames{*std::move(kept), models.size() == 1 ? models.front() : ""};
  }
  std::optional<ParameterNames> found;
  const std::size_t parameters = CountParameters(state_dict);
  if (shapes.size() != parameters) return std::nullopt;
  for (const NamedScope& candidate : scopes) {
    auto names = NamesByShape(checkpoint, candidate.scope, parameters, shapes);
    if (!names) continue;
    if (!found) {
      found = ParameterNames{*std::move(names), candidate.path};
    } else if (found->names != *names) {
      return std::nullopt;
    } else {
      found->model.clear();  // of which of the two cannot be told
    }
  }
  return found;
}

}  // namespace statestone::optimizer
