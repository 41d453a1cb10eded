#include "torch_bridge/schedulers/state_fields.h"

#include <cmath>
#include <cstdio>

#include "statestone/display.h"
#include "statestone/error.h"
#include "torch_bridge/schedulers/param_groups.h"

namespace statestone::optim {
namespace {

// Short: what is wrong is the kind, or a number.
std::string Describe(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "None";
    case ValueKind::kBool:
      return value.AsBool() ? "True" : "False";
    case ValueKind::kInt64:
      return "the int " + std::to_string(value.AsInt());
    case ValueKind::kFloat64: {
      char text[32];
      std::snprintf(text, sizeof text, "%.17g", value.AsDouble());
      return std::string("the float ") + text;
    }
    case ValueKind::kString:
      return "\"" + value.AsString() + "\"";
    case ValueKind::kList:
    case ValueKind::kTuple:
      return Name(value.kind()) + " of " + std::to_string(value.items().size());
    default:
      return Name(value.kind());
  }
}

}  // namespace

StateFields::StateFields(Purpose purpose, Scheduler& scheduler, const Value* source,
                         std::string path)
    : purpose_(purpose),
      type_name_(scheduler.TypeName()),
      groups_(GroupCount(scheduler.optimizer())),
      source_(source),
      path_(std::move(path)) {}

Value StateFields::Write(Scheduler& scheduler) {
  StateFields fields(Purpose::kWrite, scheduler, nullptr, "");
  scheduler.VisitState(fields);
  return Value::Map(std::move(fields.written_));
}

void StateFields::CheckOwn(Scheduler& scheduler) {
  StateFields fields(Purpose::kCheckOwn, scheduler, nullptr, "");
  scheduler.VisitState(fields);
}

void StateFields::Load(Scheduler& scheduler, const Value& state) {
  Visit(Purpose::kCheck, scheduler, state, "");
  Visit(Purpose::kTake, scheduler, state, "");
}

void StateFields::Visit(Purpose purpose, Scheduler& scheduler, const Value& state,
                        const std::string& path) {
  StateFields fields(purpose, scheduler, &state, path);
  if (state.kind() != ValueKind::kMap) fields.ThrowWrongKind("", "a dict", state);
  scheduler.VisitState(fields);
  fields.RequireNoOtherKeys();
}

void StateFields::Parts(std::string_view key,
                        std::vector<std::shared_ptr<LRScheduler>>& schedulers) {
  if (purpose_ == Purpose::kCheckOwn) return;  // checked when they were made
  if (purpose_ == Purpose::kWrite) {
    std::vector<Value> states;
    for (const auto& scheduler : schedulers) states.push_back(Write(*scheduler));
    Append(key, Value::List(std::move(states)));
    return;
  }
  const Value& states = Find(key);
  if (states.kind() != ValueKind::kList) ThrowWrongKind(key, "a list of dicts", states);
  if (states.items().size() != schedulers.size()) {
    ThrowImpossible(key, "one state for each scheduler", states);
  }
  for (std::size_t i = 0; i < schedulers.size(); ++i) {
    Visit(purpose_, *schedulers[i], states.items()[i], PathOf(key) + "/" + std::to_string(i) + "/");
  }
}

const Value& StateFields::Find(std::string_view key) {
  const Value* value = source_->Find(key);
  if (value == nullptr) Throw(key, "has no such key", "", "");
  visited_.emplace(key);
  return *value;
}

void StateFields::Append(std::string_view key, Value value) {
  written_.emplace_back(Value(key), std::move(value));
}

void StateFields::RequireNoOtherKeys() const {
  std::set<std::string, std::less<>> seen;
  for (const Value& key : source_->keys()) {
    const bool known = key.kind() == ValueKind::kString && visited_.contains(key.AsString());
    if (!known) Throw(KeyComponent(key), "has a key that is not known", "", "");
    if (!seen.insert(key.AsString()).second) Throw(key.AsString(), "has a key twice", "", "");
  }
}

void StateFields::Throw(std::string_view key, std::string problem, std::string expected,
                        std::string found) const {
  if (purpose_ == Purpose::kCheckOwn) {
    throw Error(ErrorCode::kInvalidArgument, {.entry = PathOf(key),
                                              .problem = type_name_ + " " + std::move(problem),
                                              .expected = std::move(expected),
                                              .found = std::move(found)});
  }
  throw Error(ErrorCode::kMismatch,
              {.entry = PathOf(key),
               .problem = "the state does not fit a " + type_name_ + ": it " + std::move(problem),
               .expected = std::move(expected),
               .found = std::move(found),
               .advice = "load a state that the same scheduler of the same groups has written"});
}

void StateFields::ThrowWrongKind(std::string_view key, std::string wanted,
                                 const Value& found) const {
  Throw(key, "has another kind of value", std::move(wanted), Describe(found));
}

void StateFields::ThrowImpossible(std::string_view key, std::string_view wanted,
                                  const Value& found) const {
  Throw(key, "has a value that is not possible", std::string(wanted), Describe(found));
}

}  // namespace statestone::optim
