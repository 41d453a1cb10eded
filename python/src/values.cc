// The class Value: a place in a value tree, from which objects are made now or later.
#include <nanobind/stl/string.h>

#include <memory>
#include <string>

#include "codec/text/key_text.h"
#include "codec/text/reference_walk.h"
#include "python/src/binding.h"
#include "python/src/text.h"
#include "python/src/value_builder.h"
#include "python/src/value_place.h"
#include "statestone/error.h"

namespace statestone::python {
namespace {

bool HasTensors(const Value& value) {
  const auto found = [](std::uint32_t) { return true; };
  return text::ReferenceWalk({}, found, found).Walk(text::ValueNode(value), true);
}

}  // namespace

void BindValues(nb::module_& module) {
  nb::class_<ValuePlace>(module, "Value")
      .def_prop_ro("kind", [](const ValuePlace& place) { return ToStr(Name(place.node->kind())); })
      .def_prop_ro("has_tensors", [](const ValuePlace& place) { return HasTensors(*place.node); })
      .def_prop_ro("tensor", [](const ValuePlace& place) { return place.node->AsTensor().index; })
      .def_prop_ro("scope", [](const ValuePlace& place) { return place.node->AsScope().index; })
      .def("__len__", [](const ValuePlace& place) { return place.node->items().size(); })
      .def("item",
           [](const ValuePlace& place, std::size_t i) {
             if (i >= place.node->items().size()) throw nb::index_error();
             return ValuePlace{place.root, &place.node->items()[i]};
           })
      .def("key",
           [](const ValuePlace& place, std::size_t i) {
             if (i >= place.node->keys().size()) throw nb::index_error();
             return ValuePlace{place.root, &place.node->keys()[i]};
           })
      .def("attributes",
           [](const ValuePlace& place, nb::object factory) {
             return ObjectBuilder(std::move(factory)).Build(place.node->attributes());
           })
      .def("build", [](const ValuePlace& place, nb::object factory) {
        return ObjectBuilder(std::move(factory)).Build(*place.node);
      });
}

}  // namespace statestone::python
