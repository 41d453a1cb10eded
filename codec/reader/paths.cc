#include "codec/reader/paths.h"

#include <algorithm>
#include <functional>

#include "statestone/display.h"
#include "statestone/value.h"

namespace statestone::reader {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string_view Bytes(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

// Decimal digits of a two's complement number of any length, by repeated division.
std::string Decimal(std::string_view little_endian) {
  std::vector<unsigned char> digits(little_endian.begin(), little_endian.end());
  const bool negative = !digits.empty() && (digits.back() & 0x80) != 0;
  if (negative) {
    unsigned carry = 1;
    for (unsigned char& digit : digits) {
      carry += static_cast<unsigned char>(~digit);
      digit = static_cast<unsigned char>(carry);
      carry >>= 8;
    }
  }
  std::string text;
  while (!digits.empty()) {
    unsigned rest = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      rest = rest << 8 | digits[i];
      digits[i] = static_cast<unsigned char>(rest / 10);
      rest %= 10;
    }
    text += static_cast<char>('0' + rest);
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
  }
  if (text.empty()) text = "0";
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

std::string KeyText(const schema::Value& key) {  // NOLINT(misc-no-recursion): at most 64 deep
  switch (static_cast<ValueKind>(key.kind())) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return key.number() != 0 ? "true" : "false";
    case ValueKind::kInt64:
      return std::to_string(static_cast<std::int64_t>(key.number()));
    case ValueKind::kUInt64:
      return std::to_string(key.number());
    case ValueKind::kBigInt:
      return Decimal(Bytes(key));
    case ValueKind::kFloat64: {
      std::string text = "f";
      for (int shift = 60; shift >= 0; shift -= 4) {
        text += kHexDigits[key.number() >> shift & 15];
      }
      return text;
    }
    case ValueKind::kString:
      return "s" + Hex(Bytes(key));
    case ValueKind::kBytes:
      return "b" + Hex(Bytes(key));
    case ValueKind::kTuple: {
      std::string text = "t";
      if (key.items() != nullptr) {
        for (flatbuffers::uoffset_t i = 0; i < key.items()->size(); ++i) {
          if (i != 0) text += ',';
          text += KeyText(*key.items()->Get(i));
        }
      }
      return text + ';';
    }
    default:
      return "?";
  }
}

std::string Component(const schema::Value& key) {
  if (static_cast<ValueKind>(key.kind()) == ValueKind::kString) {
    return EscapePathComponent(Bytes(key));
  }
  return "\\#" + KeyText(key);
}

// Calls visit(path) for each tensor and each scope of a value tree.
class TreeWalk {
 public:
  using OnTensor = std::function<void(std::uint32_t tensor, const std::string& path)>;
  using OnScope = std::function<void(std::uint32_t scope, const std::string& path)>;

  TreeWalk(OnTensor on_tensor, OnScope on_scope)
      : on_tensor_(std::move(on_tensor)), on_scope_(std::move(on_scope)) {}

  // NOLINTNEXTLINE(misc-no-recursion): at most 64 deep
  void Walk(const schema::Value& value, const std::string& path, bool is_root) {
    const auto kind = static_cast<ValueKind>(value.kind());
    if (kind == ValueKind::kTensor) on_tensor_(value.tensor(), path);
    if (kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict) {
      on_scope_(value.scope(), path);
    }
    if (value.items() == nullptr) return;
    const bool is_map = kind == ValueKind::kMap || kind == ValueKind::kOrderedMap;
    for (flatbuffers::uoffset_t i = 0; i < value.items()->size(); ++i) {
      const std::string component = is_map ? Component(*value.keys()->Get(i)) : std::to_string(i);
      Walk(*value.items()->Get(i), is_root ? component : path + '/' + component, false);
    }
  }

 private:
  OnTensor on_tensor_;
  OnScope on_scope_;
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
        [&](std::uint32_t tensor, const std::string& path) {
          if (!named[tensor]) paths[tensor] = path;
          named[tensor] = true;
        },
        [&](std::uint32_t scope, const std::string& path) { name_scope(scope, path, false); });
    walk.Walk(*entry.value(), name, at_root);
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!named[i]) paths[i] = "\\#tensor/" + std::to_string(i);
  }
  return paths;
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
  const std::vector<std::string> components = SplitDisplayPath(path);
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    const bool at_root = entry.name()->size() == 0;
    if (!at_root && entry.name()->string_view() != components.front()) continue;
    const auto scope = DirectScope(entry);
    const std::size_t name_at = at_root ? 0 : 1;
    if (scope && components.size() == name_at + 1) {
      if (const auto found = FindTensorByName(index, *scope, components[name_at])) return found;
    }
    if (scope) return std::nullopt;
    break;
  }
  const std::vector<std::string> paths = TensorPaths(index);
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    if (paths[i] == path) return i;
  }
  return std::nullopt;
}

}  // namespace statestone::reader
