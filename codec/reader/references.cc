#include "codec/reader/references.h"

#include "schema/statestone_generated.h"

namespace statestone::reader {
namespace {

class Marker {
 public:
  explicit Marker(const container::Index& index)
      : index_(index),
        found_{std::vector<bool>(index.tensors.size()), std::vector<bool>(index.scopes.size())} {}

  void MarkEntry(const schema::Entry& entry) {
    if (entry.value() != nullptr) Mark(entry.value());
    if (entry.model() == nullptr) return;
    MarkScope(entry.model()->scope());
    Mark(entry.model()->config());
    Mark(entry.model()->metadata());
  }

  References Take() { return std::move(found_); }

 private:
  void Mark(const schema::Value* value) {  // NOLINT(misc-no-recursion): at most 64 deep
    if (value == nullptr) return;
    if (value->tensor() != kNoReference) found_.tensors[value->tensor()] = true;
    if (value->scope() != kNoReference) MarkScope(value->scope());
    if (value->keys() != nullptr) {
      for (const auto* key : *value->keys()) Mark(key);
    }
    if (value->items() != nullptr) {
      for (const auto* item : *value->items()) Mark(item);
    }
    Mark(value->attributes());
  }

  void MarkScope(std::uint32_t scope) {
    found_.scopes[scope] = true;
    for (std::size_t i = index_.first_tensor(scope); i < index_.scopes[scope].tensors_end(); ++i) {
      found_.tensors[i] = true;
    }
  }

  const container::Index& index_;
  References found_;
};

}  // namespace

References FindReferences(const container::Index& index) {
  Marker marker(index);
  for (std::size_t e = 0; e < index.entry_count(); ++e) marker.MarkEntry(index.entry(e));
  return marker.Take();
}

}  // namespace statestone::reader
