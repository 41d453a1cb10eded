// Numbers, texts and bytes between Python and values.
#pragma once

#include <optional>

#include "python/src/binding.h"
#include "statestone/value.h"

namespace statestone::python {

/// None, bool, int, float, complex, str, bytes and bytearray, of exactly these classes; nothing for
/// other objects. \throws Error unrepresentable (a str with lone surrogates)
std::optional<Value> ScalarFromPython(nb::handle object);

/// The inverse, for kinds that need no more than the value itself; a null object for other kinds.
nb::object ScalarToPython(const Value& value);

}  // namespace statestone::python
