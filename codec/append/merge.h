// Takes entries of one description over into another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone::append {

/// Gives tensors and scopes the other description's numbers; their bytes stay where they are. Ties
/// stay, since they follow from addresses. Not thread-safe.
class Merge {
 public:
  Merge(const Checkpoint& source, Checkpoint& target);
  virtual ~Merge() = default;
  Merge(const Merge&) = delete;
  Merge& operator=(const Merge&) = delete;

  /// The entry's content in terms of the target, its tensors added. \throws Error as AddTensor
  decltype(Checkpoint::Entry::body) BodyOf(const Checkpoint::Entry& entry);

 protected:
  /// A value in terms of the target. A subclass may give another one in its place.
  virtual Value AddValue(const Value& value);

  const Checkpoint& source() const { return source_; }
  Checkpoint& target() { return target_; }

 private:
  ScopeRef AddScope(ScopeRef scope);
  TensorRef AddReference(TensorRef tensor);

  const Checkpoint& source_;
  Checkpoint& target_;
  std::vector<std::optional<ScopeRef>> scopes_;
  std::vector<std::optional<TensorRef>> tensors_;
  std::vector<std::optional<ScopeRef>> scope_of_;  // by tensor; none: anonymous
};

}  // namespace statestone::append
