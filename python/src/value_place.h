// A place in a value tree that lives as long as somebody looks at a place in it.
#pragma once

#include <memory>

#include "statestone/value.h"

namespace statestone::python {

struct ValuePlace {
  std::shared_ptr<const Value> root;
  const Value* node = nullptr;

  explicit ValuePlace(Value value)
      : root(std::make_shared<const Value>(std::move(value))), node(root.get()) {}
  ValuePlace(std::shared_ptr<const Value> tree, const Value* place)
      : root(std::move(tree)), node(place) {}
};

}  // namespace statestone::python
