// Makes Python objects of values.
#pragma once

#include "python/src/binding.h"
#include "statestone/value.h"

namespace statestone::python {

/// Makes objects of a value tree, with what `factory`, a Python object, gives for the kinds that
/// are not plain data: tensor(index), tensor_dict(scope, attributes or None, ordered), size(tuple),
/// dtype(name), device(text), scalar(dtype, element), tagged(dict). Needs the GIL.
class ObjectBuilder {
 public:
  explicit ObjectBuilder(nb::object factory);

  /// \throws Error unsupported (a kind of the future), unrepresentable (keys or members that are
  ///     equal in Python, or that it cannot hash); nb::python_error what the factory raises
  nb::object Build(const Value& value) const;

 private:
  nb::object BuildTagged(const Value& value) const;
  nb::object BuildList(const Value& value) const;
  nb::object BuildTuple(const Value& value) const;
  nb::object BuildSet(const Value& value) const;
  nb::object BuildMap(const Value& value) const;
  nb::object BuildOrderedMap(const Value& value) const;
  nb::object BuildTensorDict(const Value& value) const;
  void FillMap(const Value& value, nb::handle map) const;

  nb::object factory_;
};

}  // namespace statestone::python
