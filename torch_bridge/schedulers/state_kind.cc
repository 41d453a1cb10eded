#include "torch_bridge/schedulers/state_kind.h"

namespace statestone::optim {

using Counter = std::vector<std::pair<std::int64_t, std::int64_t>>;

Value StateKind<Counter>::Write(const Counter& field) {
  std::vector<Value::Pair> pairs;
  for (const auto& [key, count] : field) pairs.emplace_back(key, count);
  return Value::Map(std::move(pairs));
}

std::optional<Counter> StateKind<Counter>::Read(const Value& value) {
  if (value.kind() != ValueKind::kMap) return std::nullopt;
  Counter field;
  for (std::size_t i = 0; i < value.keys().size(); ++i) {
    const auto key = StateKind<std::int64_t>::Read(value.keys()[i]);
    const auto count = StateKind<std::int64_t>::Read(value.items()[i]);
    if (!key || !count) return std::nullopt;
    field.emplace_back(*key, *count);
  }
  return field;
}

}  // namespace statestone::optim
