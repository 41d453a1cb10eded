// Small descriptions of checkpoints, and short ways to look into what was made of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone {

/// A tensor that owns its elements, of one dimension.
template <typename Element>
TensorSource Elements(std::string name, DType dtype, std::vector<Element> elements) {
  const auto owner = std::make_shared<std::vector<Element>>(std::move(elements));
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = {owner->size()},
          .data = owner->data(),
          .owner = owner};
}

inline TensorSource Floats(std::string name, std::vector<float> numbers) {
  return Elements(std::move(name), DType::kFloat32, std::move(numbers));
}

/// A scope of tensors of one element each: 1, 2, 3, ...
inline ScopeRef AddNames(Checkpoint& checkpoint, const std::vector<std::string>& names) {
  const ScopeRef scope = checkpoint.AddScope();
  float number = 0;
  for (const std::string& name : names) checkpoint.AddTensor(scope, Floats(name, {++number}));
  return scope;
}

inline std::shared_ptr<const Checkpoint> Shared(Checkpoint checkpoint) {
  return std::make_shared<const Checkpoint>(std::move(checkpoint));
}

inline std::vector<std::string> EntryNames(const Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const Checkpoint::Entry& entry : checkpoint.entries()) names.push_back(entry.name);
  return names;
}

/// The value of the entry at this place.
inline const Value& ValueAt(const Checkpoint& checkpoint, std::size_t place) {
  return std::get<Value>(checkpoint.entries()[place].body);
}

template <typename Element = float>
std::vector<Element> ElementsOf(const Checkpoint& checkpoint, TensorRef tensor) {
  std::vector<Element> elements(checkpoint.tensor_bytes(tensor) / sizeof(Element));
  checkpoint.Read(tensor, 0, std::as_writable_bytes(std::span(elements)));
  return elements;
}

}  // namespace statestone
