// The fields of a scheduler's state, named once for all that is done with them.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/schedulers/scheduler.h"
#include "torch_bridge/schedulers/state_kind.h"

namespace statestone::optim {

/// A scheduler names each field to it (VisitState). Depending on the purpose the field is written
/// to a state, checked as it is, checked as a state has it, or taken from a state that was checked.
class StateFields {
 public:
  /// Writes, or checks the fields as constructors left them. \throws Error invalid_argument
  static Value Write(Scheduler& scheduler);
  static void CheckOwn(Scheduler& scheduler);
  /// Checks all of a state, then takes it. \throws Error mismatch, and nothing has changed
  static void Load(Scheduler& scheduler, const Value& state);

  /// Returns what the field is, or will be once a state that is being checked is taken.
  template <typename T>
  T Field(std::string_view key, T& field) {
    return Field(key, field, "", [](const T&) { return true; });
  }

  /// The same with a condition and its text.
  template <typename T, typename Condition>
  T Field(std::string_view key, T& field, std::string_view wanted, Condition condition) {
    if (purpose_ == Purpose::kWrite) {
      Append(key, StateKind<T>::Write(field));
      return field;
    }
    if (purpose_ == Purpose::kCheckOwn) {
      if (!condition(field)) ThrowImpossible(key, wanted, StateKind<T>::Write(field));
      return field;
    }
    const Value& value = Find(key);
    auto read = StateKind<T>::Read(value);
    if (!read) ThrowWrongKind(key, StateKind<T>::Wanted(), value);
    if (!condition(*read)) ThrowImpossible(key, wanted, value);
    if (purpose_ == Purpose::kTake) field = *read;
    return *std::move(read);
  }

  /// A key that is there only if the field has a value; a state without it leaves the field alone.
  template <typename T>
  void OptionalField(std::string_view key, std::optional<T>& field) {
    if (source_ == nullptr ? !field.has_value() : source_->Find(key) == nullptr) return;
    T read = field.value_or(T());
    Field(key, read);
    if (purpose_ == Purpose::kTake) field = read;
  }

  /// A list with one item for each group of the optimizer.
  template <typename T>
  std::vector<T> FieldOfGroups(std::string_view key, std::vector<T>& field) {
    return Field(key, field, "one item for each parameter group",
                 [this](const std::vector<T>& items) { return items.size() == groups_; });
  }

  /// The states of the parts of a composite scheduler.
  void Parts(std::string_view key, std::vector<std::shared_ptr<LRScheduler>>& schedulers);

 private:
  enum class Purpose { kWrite, kCheckOwn, kCheck, kTake };

  StateFields(Purpose purpose, Scheduler& scheduler, const Value* source, std::string path);

  static void Visit(Purpose purpose, Scheduler& scheduler, const Value& state,
                    const std::string& path);
  const Value& Find(std::string_view key);
  void Append(std::string_view key, Value value);
  void RequireNoOtherKeys() const;
  std::string PathOf(std::string_view key) const { return path_ + std::string(key); }
  [[noreturn]] void Throw(std::string_view key, std::string problem, std::string expected,
                          std::string found) const;
  [[noreturn]] void ThrowWrongKind(std::string_view key, std::string wanted,
                                   const Value& found) const;
  [[noreturn]] void ThrowImpossible(std::string_view key, std::string_view wanted,
                                    const Value& found) const;

  Purpose purpose_;
  std::string type_name_;
  std::size_t groups_;
  const Value* source_;  // of the two purposes that read
  std::string path_;     // "_schedulers/1/" for a part
  std::set<std::string, std::less<>> visited_;
  std::vector<Value::Pair> written_;
};

}  // namespace statestone::optim
