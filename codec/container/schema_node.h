// Value trees in an index, in the shape that codec/text walks.
#pragma once

#include <string>

#include "codec/text/key_text.h"
#include "schema/statestone_generated.h"

namespace statestone::container {

class SchemaNode {
 public:
  explicit SchemaNode(const schema::Value& value) : value_(&value) {}
  ValueKind kind() const { return static_cast<ValueKind>(value_->kind()); }
  std::uint64_t number() const { return value_->number(); }
  std::string_view bytes() const {
    if (value_->bytes() == nullptr) return {};
    return {reinterpret_cast<const char*>(value_->bytes()->data()), value_->bytes()->size()};
  }
  std::size_t size() const { return value_->items() == nullptr ? 0 : value_->items()->size(); }
  SchemaNode item(std::size_t i) const { return SchemaNode(*value_->items()->Get(Narrow(i))); }
  SchemaNode key(std::size_t i) const { return SchemaNode(*value_->keys()->Get(Narrow(i))); }
  std::uint32_t tensor() const { return value_->tensor(); }
  std::uint32_t scope() const { return value_->scope(); }

 private:
  static flatbuffers::uoffset_t Narrow(std::size_t i) {
    return static_cast<flatbuffers::uoffset_t>(i);
  }

  const schema::Value* value_;
};

}  // namespace statestone::container
