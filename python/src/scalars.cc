#include "python/src/scalars.h"

#include <complex>
#include <string>
#include <string_view>

#include "statestone/error.h"

namespace statestone::python {
namespace {

Value FromInt(nb::handle object) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow == 0) return {number};
  const auto bits = nb::cast<std::size_t>(object.attr("bit_length")());
  const nb::object bytes =
      object.attr("to_bytes")(bits / 8 + 1, "little", nb::arg("signed") = true);
  return Value::Integer(
      {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))});
}

Value FromStr(nb::handle object) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    throw Error(ErrorCode::kUnrepresentable,
                {.problem = "a string is not valid UTF-8: it holds lone surrogates",
                 .advice = "save it as bytes instead"});
  }
  return {std::string_view(text, static_cast<std::size_t>(size))};
}

nb::object ToInt(std::string_view little_endian) {
  const nb::bytes bytes(little_endian.data(), little_endian.size());
  return nb::handle(reinterpret_cast<PyObject*>(&PyLong_Type))
      .attr("from_bytes")(bytes, "little", nb::arg("signed") = true);
}

nb::object Stolen(PyObject* made) {
  if (made == nullptr) throw nb::python_error();
  return nb::steal(made);
}

}  // namespace

std::optional<Value> ScalarFromPython(nb::handle object) {
  PyObject* p = object.ptr();
  if (p == Py_None) return Value();
  if (PyBool_Check(p)) return Value(p == Py_True);
  if (PyLong_CheckExact(p)) return FromInt(object);
  if (PyFloat_CheckExact(p)) return Value(PyFloat_AS_DOUBLE(p));
  if (PyUnicode_CheckExact(p)) return FromStr(object);
  if (PyBytes_CheckExact(p)) {
    return Value::Bytes({PyBytes_AS_STRING(p), static_cast<std::size_t>(PyBytes_GET_SIZE(p))});
  }
  if (PyByteArray_CheckExact(p)) {
    return Value::ByteArray(
        {PyByteArray_AS_STRING(p), static_cast<std::size_t>(PyByteArray_GET_SIZE(p))});
  }
  if (PyComplex_CheckExact(p)) {
    return Value::Complex({PyComplex_RealAsDouble(p), PyComplex_ImagAsDouble(p)});
  }
  return std::nullopt;
}

nb::object ScalarToPython(const Value& value) {
  const std::string& bytes = value.raw_bytes();
  switch (value.kind()) {
    case ValueKind::kNull:
      return nb::none();
    case ValueKind::kBool:
      return nb::bool_(value.AsBool());
    case ValueKind::kInt64:
      return nb::int_(value.AsInt());
    case ValueKind::kUInt64:
      return nb::int_(value.AsUInt());
    case ValueKind::kBigInt:
      return ToInt(bytes);
    case ValueKind::kFloat64:
      return nb::float_(value.AsDouble());
    case ValueKind::kComplex128:
      return Stolen(PyComplex_FromDoubles(value.AsComplex().real(), value.AsComplex().imag()));
    case ValueKind::kString:
      return nb::str(bytes.data(), bytes.size());
    case ValueKind::kBytes:
      return nb::bytes(bytes.data(), bytes.size());
    case ValueKind::kByteArray:
      return nb::bytearray(bytes.data(), bytes.size());
    default:
      return {};
  }
}

}  // namespace statestone::python
