#include "codec/reader/paths.h"

#include <charconv>
#include <functional>
#include <span>
#include <utility>

#include "codec/container/key_text.h"
#include "statestone/display.h"
#include "statestone/value.h"

namespace statestone::reader {
namespace {

constexpr std::string_view kUnreferenced = "\\#tensor/";

std::string_view Bytes(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

std::string Component(const schema::Value& key) {
  if (static_cast<ValueKind>(key.kind()) == ValueKind::kString) {
    return EscapePathComponent(Bytes(key));
  }
  return "\\#" + container::KeyText(key);
}

// Visits each tensor and each scope of a value tree, the path so far in `path()`; a visitor that
// returns true ends the walk.
class TreeWalk {
 public:
  using Visit = std::function<bool(std::uint32_t index)>;

  TreeWalk(std::string path, Visit on_tensor, Visit on_scope)
      : path_(std::move(path)), on_tensor_(std::move(on_tensor)), on_scope_(std::move(on_scope)) {}

  const std::string& path() const { return path_; }

  // NOLINTNEXTLINE(misc-no-recursion): at most 64 deep
  bool Walk(const schema::Value& value, bool is_root) {
    const auto kind = static_cast<ValueKind>(value.kind());
    if (kind == ValueKind::kTensor && on_tensor_(value.tensor())) return true;
    const bool is_dict = kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict;
    if (is_dict && on_scope_(value.scope())) return true;
    if (value.items() == nullptr) return false;
    const bool is_map = kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
    const std::size_t length = path_.size();
    for (flatbuffers::uoffset_t i = 0; i < value.items()->size(); ++i) {
      if (!is_root) path_ += '/';
      path_ += is_map ? Component(*value.keys()->Get(i)) : std::to_string(i);
      if (Walk(*value.items()->Get(i), false)) return true;
      path_.resize(length);
    }
    return false;
  }

 private:
  std::string path_;
  Visit on_tensor_;
  Visit on_scope_;
};

// An entry's scope if it is a model or a tensor dict: those need no walk.
std::optional<std::uint32_t> DirectScope(const schema::Entry& entry) {
  if (entry.kind() == schema::EntryKind::model && entry.model() != nullptr) {
    return entry.model()->scope();
  }
  if (entry.kind() == schema::EntryKind::value && entry.value() != nullptr) {
    const auto kind = static_cast<ValueKind>(entry.value()->kind());
    if (kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict) {
      return entry.value()->scope();
    }
  }
  return std::nullopt;
}

std::string Unreferenced(std::uint32_t tensor) {
  return std::string(kUnreferenced) + std::to_string(tensor);
}

// A path cut at its separators, the components still escaped.
std::vector<std::string_view> SplitEscaped(std::string_view path) {
  std::vector<std::string_view> components;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '/') {
      components.push_back(path.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  components.push_back(path.substr(begin));
  return components;
}

// Goes down a value tree, one component a level.
class Descent {
 public:
  Descent(const container::Index& index, std::span<const std::string_view> escaped,
          std::span<const std::string> plain)
      : index_(index), escaped_(escaped), plain_(plain) {}

  // NOLINTNEXTLINE(misc-no-recursion): at most 64 deep
  std::optional<std::uint32_t> Find(const schema::Value& value, std::size_t at) const {
    const auto kind = static_cast<ValueKind>(value.kind());
    if (kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict) {
      return InScope(value.scope(), at);
    }
    if (at == escaped_.size()) {
      return kind == ValueKind::kTensor ? std::optional(value.tensor()) : std::nullopt;
    }
    if (value.items() == nullptr) return std::nullopt;
    const bool is_map = kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
    for (flatbuffers::uoffset_t i = 0; i < value.items()->size(); ++i) {
      const bool here = is_map ? Component(*value.keys()->Get(i)) == escaped_[at]
                               : std::to_string(i) == escaped_[at];
      if (here) return Find(*value.items()->Get(i), at + 1);
    }
    return std::nullopt;
  }

  std::optional<std::uint32_t> InScope(std::uint32_t scope, std::size_t at) const {
    if (at + 1 != escaped_.size()) return std::nullopt;
    const auto found = FindTensorByName(index_, scope, plain_[at]);
    // An escape that was not needed names nothing: paths have one spelling.
    if (!found || EscapePathComponent(plain_[at]) != escaped_[at]) return std::nullopt;
    return found;
  }

 private:
  const container::Index& index_;
  std::span<const std::string_view> escaped_;
  std::span<const std::string> plain_;
};

}  // namespace

std::vector<std::string> TensorPaths(const container::Index& index) {
  std::vector<std::string> paths(index.tensors.size());
  std::vector<bool> named(index.tensors.size());
  const auto name_scope = [&](std::uint32_t scope, const std::string& prefix, bool at_root) {
    const std::string before = at_root ? std::string() : prefix + '/';
    for (std::size_t i = index.first_tensor(scope); i < index.scopes[scope].tensors_end(); ++i) {
      paths[i] = before + EscapePathComponent(index.name(i));
      named[i] = true;
    }
  };
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    const std::string name = EscapePathComponent(entry.name()->string_view());
    const bool at_root = entry.name()->size() == 0;
    if (const auto scope = DirectScope(entry)) {
      name_scope(*scope, name, at_root);
      continue;
    }
    if (entry.kind() != schema::EntryKind::value || entry.value() == nullptr) continue;
    TreeWalk walk(
        name,
        [&](std::uint32_t tensor) {
          if (!named[tensor]) paths[tensor] = walk.path();
          named[tensor] = true;
          return false;
        },
        [&](std::uint32_t scope) {
          name_scope(scope, walk.path(), false);
          return false;
        });
    walk.Walk(*entry.value(), at_root);
  }
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    if (!named[i]) paths[i] = Unreferenced(i);
  }
  return paths;
}

std::string TensorPath(const container::Index& index, std::uint32_t tensor) {
  const std::uint32_t its_scope = index.scope_of(tensor);
  const bool anonymous = index.scopes[its_scope].kind() != 0;
  const auto in_scope = [&](const std::string& prefix, bool at_root) {
    return (at_root ? std::string() : prefix + '/') + EscapePathComponent(index.name(tensor));
  };
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    const bool at_root = entry.name()->size() == 0;
    if (const auto scope = DirectScope(entry)) {
      if (*scope != its_scope) continue;
      return in_scope(EscapePathComponent(entry.name()->string_view()), at_root);
    }
    if (entry.kind() != schema::EntryKind::value || entry.value() == nullptr) continue;
    bool by_scope = false;
    TreeWalk walk(
        EscapePathComponent(entry.name()->string_view()),
        [&](std::uint32_t found) { return anonymous && found == tensor; },
        [&](std::uint32_t scope) { return by_scope = !anonymous && scope == its_scope; });
    if (walk.Walk(*entry.value(), at_root)) {
      return by_scope ? in_scope(walk.path(), false) : walk.path();
    }
  }
  return Unreferenced(tensor);
}

std::optional<std::uint32_t> FindTensorByName(const container::Index& index, std::uint32_t scope,
                                              std::string_view name) {
  std::size_t low = index.first_tensor(scope);
  std::size_t high = index.scopes[scope].tensors_end();
  if (index.scopes[scope].kind() != 0) return std::nullopt;
  const std::size_t end = high;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (index.name(middle) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == end || index.name(low) != name) return std::nullopt;
  return static_cast<std::uint32_t>(low);
}

std::optional<std::uint32_t> FindTensorByPath(const container::Index& index,
                                              std::string_view path) {
  const std::vector<std::string> plain = SplitDisplayPath(path);
  const std::vector<std::string_view> escaped = SplitEscaped(path);
  const Descent descent(index, escaped, plain);
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    const bool at_root = entry.name()->size() == 0;
    if (!at_root && (entry.name()->string_view() != plain.front() ||
                     EscapePathComponent(plain.front()) != escaped.front())) {
      continue;
    }
    const std::size_t at = at_root ? 0 : 1;
    std::optional<std::uint32_t> found;
    if (const auto scope = DirectScope(entry)) {
      found = descent.InScope(*scope, at);
    } else if (entry.kind() == schema::EntryKind::value && entry.value() != nullptr) {
      // The path of a root that is itself a tensor is empty.
      found = descent.Find(*entry.value(), at_root && path.empty() ? 1 : at);
    }
    if (found) return found;
  }
  if (!path.starts_with(kUnreferenced)) return std::nullopt;
  std::uint32_t tensor = 0;
  const std::string_view digits = path.substr(kUnreferenced.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), tensor);
  const bool is_its_path = tensor < index.tensors.size() && TensorPath(index, tensor) == path;
  return is_its_path ? std::optional(tensor) : std::nullopt;
}

}  // namespace statestone::reader
