#include "codec/reader/paths.h"

#include <charconv>
#include <span>

#include "codec/container/schema_node.h"
#include "codec/text/display_path.h"
#include "codec/text/reference_walk.h"
#include "statestone/display.h"

namespace statestone::reader {
namespace {

using container::SchemaNode;

// An entry's scope if it is a model or a tensor dict: those need no walk.
std::optional<std::uint32_t> DirectScope(const schema::Entry& entry) {
  if (entry.kind() == schema::EntryKind::model && entry.model() != nullptr) {
    return entry.model()->scope();
  }
  if (entry.kind() == schema::EntryKind::value && entry.value() != nullptr) {
    const SchemaNode value(*entry.value());
    if (text::IsTensorDict(value.kind())) return value.scope();
  }
  return std::nullopt;
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
  std::optional<std::uint32_t> Find(const SchemaNode& value, std::size_t at) const {
    const ValueKind kind = value.kind();
    if (text::IsTensorDict(kind)) return InScope(value.scope(), at);
    if (at == escaped_.size()) {
      return kind == ValueKind::kTensor ? std::optional(value.tensor()) : std::nullopt;
    }
    if (kind > ValueKind::kFrozenSet) return std::nullopt;
    const bool is_map = kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string here = is_map ? text::KeyComponentOf(value.key(i)) : std::to_string(i);
      if (here == escaped_[at]) return Find(value.item(i), at + 1);
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
  text::TensorPaths paths(index.tensors.size());
  const auto name_scope = [&](std::uint32_t scope, const std::string& path, bool is_root) {
    for (auto i = static_cast<std::uint32_t>(index.first_tensor(scope));
         i < index.scopes[scope].tensors_end(); ++i) {
      paths.SetInScope(i, text::PathInScope(path, is_root, index.name(i)));
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
    text::ReferenceWalk walk(
        name,
        [&](std::uint32_t tensor) {
          paths.SetReference(tensor, walk.path());
          return false;
        },
        [&](std::uint32_t scope) {
          name_scope(scope, walk.path(), false);
          return false;
        });
    walk.Walk(SchemaNode(*entry.value()), at_root);
  }
  return paths.Take();
}

std::string TensorPath(const container::Index& index, std::uint32_t tensor) {
  const std::uint32_t its_scope = index.scope_of(tensor);
  const bool anonymous = index.scopes[its_scope].kind() != 0;
  const auto in_scope = [&](const std::string& prefix, bool at_root) {
    return text::PathInScope(prefix, at_root, index.name(tensor));
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
    text::ReferenceWalk walk(
        EscapePathComponent(entry.name()->string_view()),
        [&](std::uint32_t found) { return anonymous && found == tensor; },
        [&](std::uint32_t scope) { return by_scope = !anonymous && scope == its_scope; });
    if (walk.Walk(SchemaNode(*entry.value()), at_root)) {
      return by_scope ? in_scope(walk.path(), false) : walk.path();
    }
  }
  return text::UnreferencedPath(tensor);
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
      found = descent.Find(SchemaNode(*entry.value()), at_root && path.empty() ? 1 : at);
    }
    if (found) return found;
  }
  if (!path.starts_with(text::kUnreferenced)) return std::nullopt;
  std::uint32_t tensor = 0;
  const std::string_view digits = path.substr(text::kUnreferenced.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), tensor);
  const bool is_its_path = tensor < index.tensors.size() && TensorPath(index, tensor) == path;
  return is_its_path ? std::optional(tensor) : std::nullopt;
}

}  // namespace statestone::reader
