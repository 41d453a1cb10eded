#include "python/src/value_builder.h"

#include <utility>

#include "python/src/scalars.h"
#include "python/src/text.h"
#include "statestone/display.h"
#include "statestone/error.h"

namespace statestone::python {
namespace {

// The first key of a map that stands for a tensor kept by its parts: section 7.2 of the format.
constexpr std::string_view kTag = "statestone";

nb::object Checked(PyObject* made) {
  if (made == nullptr) throw nb::python_error();
  return nb::steal(made);
}

bool IsTagged(const Value& map) {
  return !map.keys().empty() && map.keys()[0].kind() == ValueKind::kString &&
         map.keys()[0].AsString() == kTag;
}

// True and 1 are one key to Python, and two to the format.
Error EqualInPython(const Value& key) {
  return {ErrorCode::kUnrepresentable,
          {.entry = KeyComponent(key),
           .problem = "two keys or members that Python takes for one",
           .advice = "read them in C++, or rename one"}};
}

}  // namespace

ObjectBuilder::ObjectBuilder(nb::object factory) : factory_(std::move(factory)) {}

nb::object ObjectBuilder::Build(const Value& value) const {  // NOLINT(misc-no-recursion)
  switch (value.kind()) {
    case ValueKind::kList:
      return BuildList(value);
    case ValueKind::kTuple:
      return BuildTuple(value);
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
      return BuildSet(value);
    case ValueKind::kMap:
      return BuildMap(value);
    case ValueKind::kOrderedMap:
      return BuildOrderedMap(value);
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      return BuildTensorDict(value);
    case ValueKind::kTensor:
      return factory_.attr("tensor")(value.AsTensor().index);
    case ValueKind::kSize:
      return factory_.attr("size")(BuildTuple(value));
    case ValueKind::kDType:
      return factory_.attr("dtype")(ToStr(value.raw_bytes()));
    case ValueKind::kDevice:
      return factory_.attr("device")(ToStr(value.raw_bytes()));
    case ValueKind::kTypedScalar:
      return factory_.attr("scalar")(ToStr(value.AsDTypeName()),
                                     nb::bytes(value.AsBytes().data(), value.AsBytes().size()));
    default:
      break;
  }
  nb::object scalar = ScalarToPython(value);
  if (scalar.is_valid()) return scalar;
  throw Error(ErrorCode::kUnsupported,
              {.problem = "a value of a kind that this version does not know",
               .found = Name(value.kind()),
               .advice = "update Statestone"});
}

nb::object ObjectBuilder::BuildList(const Value& value) const {  // NOLINT(misc-no-recursion)
  nb::list list;
  for (const Value& item : value.items()) list.append(Build(item));
  return list;
}

nb::object ObjectBuilder::BuildTuple(const Value& value) const {  // NOLINT(misc-no-recursion)
  nb::object tuple = Checked(PyTuple_New(static_cast<Py_ssize_t>(value.items().size())));
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i),
                     Build(value.items()[i]).release().ptr());
  }
  return tuple;
}

nb::object ObjectBuilder::BuildSet(const Value& value) const {  // NOLINT(misc-no-recursion)
  const bool frozen = value.kind() == ValueKind::kFrozenSet;
  nb::object set = Checked(frozen ? PyFrozenSet_New(nullptr) : PySet_New(nullptr));
  for (const Value& item : value.items()) {
    const nb::object member = Build(item);
    if (PySet_Add(set.ptr(), member.ptr()) != 0) throw nb::python_error();
  }
  if (static_cast<std::size_t>(PySet_GET_SIZE(set.ptr())) != value.items().size()) {
    throw EqualInPython(value);
  }
  return set;
}

nb::object ObjectBuilder::BuildMap(const Value& value) const {  // NOLINT(misc-no-recursion)
  nb::dict map;
  FillMap(value, map);
  return IsTagged(value) ? factory_.attr("tagged")(map) : nb::object(std::move(map));
}

nb::object ObjectBuilder::BuildOrderedMap(const Value& value) const {  // NOLINT(misc-no-recursion)
  nb::object map = nb::module_::import_("collections").attr("OrderedDict")();
  FillMap(value, map);
  if (!value.attributes().is_null()) {
    map.attr("__dict__").attr("update")(Build(value.attributes()));
  }
  return map;
}

nb::object ObjectBuilder::BuildTensorDict(const Value& value) const {  // NOLINT(misc-no-recursion)
  const bool ordered = value.kind() == ValueKind::kOrderedTensorDict;
  const nb::object attributes =
      value.attributes().is_null() ? nb::none() : Build(value.attributes());
  return factory_.attr("tensor_dict")(value.AsScope().index, attributes, ordered);
}

void ObjectBuilder::FillMap(const Value& value,
                            nb::handle map) const {  // NOLINT(misc-no-recursion)
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const nb::object key = Build(value.keys()[i]);
    if (PyObject_SetItem(map.ptr(), key.ptr(), Build(value.items()[i]).ptr()) != 0) {
      throw nb::python_error();
    }
    if (static_cast<std::size_t>(PyDict_Size(map.ptr())) != i + 1) {
      throw EqualInPython(value.keys()[i]);
    }
  }
}

}  // namespace statestone::python
