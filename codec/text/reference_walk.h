// Walks a value tree to the tensors and scopes that it refers to, with their display paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "codec/text/key_text.h"
#include "statestone/value.h"

namespace statestone::text {

inline bool IsTensorDict(ValueKind kind) {
  return kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict;
}

/// Visits each tensor and each scope of a value tree, the path so far in `path()`; a visitor that
/// returns true ends the walk. Attributes have no paths and are not visited.
class ReferenceWalk {
 public:
  using Visit = std::function<bool(std::uint32_t index)>;

  ReferenceWalk(std::string path, Visit on_tensor, Visit on_scope)
      : path_(std::move(path)), on_tensor_(std::move(on_tensor)), on_scope_(std::move(on_scope)) {}

  const std::string& path() const { return path_; }

  /// `is_root`: the value stands under the empty entry name, which paths leave out.
  template <typename Node>
  bool Walk(const Node& value, bool is_root) {  // NOLINT(misc-no-recursion): at most 64 deep
    const ValueKind kind = value.kind();
    if (kind == ValueKind::kTensor && on_tensor_(value.tensor())) return true;
    if (IsTensorDict(kind) && on_scope_(value.scope())) return true;
    if (kind > ValueKind::kFrozenSet) return false;  // what its items are is not known
    const bool is_map = kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
    const std::size_t length = path_.size();
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!is_root) path_ += '/';
      path_ += is_map ? KeyComponentOf(value.key(i)) : std::to_string(i);
      if (Walk(value.item(i), false)) return true;
      path_.resize(length);
    }
    return false;
  }

 private:
  std::string path_;
  Visit on_tensor_;
  Visit on_scope_;
};

}  // namespace statestone::text
