#include "torch_bridge/stored_value.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statestone/display.h"
#include "torch_bridge/name_list.h"

namespace statestone {
namespace {

Error NotFound(const Reader& reader, std::string_view entry) {
  NameList names;
  for (std::size_t i = 0; i < reader.entry_count(); ++i) {
    names.Add(EscapePathComponent(reader.entry(i).name));
  }
  return {ErrorCode::kNotFound,
          {.entry = std::string(entry),
           .problem = "no such entry",
           .advice = names.empty() ? "the file is empty" : "the file has " + names.text()}};
}

// By position, as the display path of a list's item has it.
const Value* ItemAt(const Value& list, const std::string& position) {
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    if (std::to_string(i) == position) return &list.items()[i];
  }
  return nullptr;
}

const Value* Descend(const Value& value, std::span<const std::string> keys) {
  const Value* place = &value;
  for (const std::string& key : keys) {
    const bool is_list = place->keys().empty() && !place->items().empty();
    place = is_list ? ItemAt(*place, key) : place->Find(key);
    if (place == nullptr) return nullptr;
  }
  return place;
}

}  // namespace

Value FindStoredValue(const Reader& reader, std::string_view path) {
  const auto found = reader.FindEntry(path);
  if (found && reader.entry(*found).kind == EntryKind::kValue) return reader.ReadValue(path);
  // The first component is the entry, or stands in the root value.
  const std::vector<std::string> components = SplitDisplayPath(path);
  const bool rooted = reader.FindEntry("").has_value();
  const std::string first = rooted || components.empty() ? "" : components.front();
  const auto entry = reader.FindEntry(first);
  if (!entry || reader.entry(*entry).kind != EntryKind::kValue) throw NotFound(reader, path);
  const Value root = reader.ReadValue(first);
  const Value* value = Descend(root, std::span(components).subspan(rooted ? 0 : 1));
  if (value == nullptr) throw NotFound(reader, path);
  return *value;
}

}  // namespace statestone
