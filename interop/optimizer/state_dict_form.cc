#include "interop/optimizer/state_dict_form.h"

#include <algorithm>

namespace statestone::optimizer {

bool IsStateDictForm(const Value& value) {
  if (value.kind() != ValueKind::kMap || value.keys().size() != 2) return false;
  const Value* state = value.Find("state");
  const Value* groups = value.Find("param_groups");
  if (state == nullptr || groups == nullptr || groups->kind() != ValueKind::kList) return false;
  const bool is_state = state->kind() == ValueKind::kMap || state->kind() == ValueKind::kTensorDict;
  return is_state && std::ranges::all_of(groups->items(), [](const Value& group) {
           return group.kind() == ValueKind::kMap;
         });
}

}  // namespace statestone::optimizer
