// Error of C++ as statestone.Error of Python, with the same code and fields, and the text of one.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "python/src/binding.h"
#include "python/src/text.h"
#include "statestone/error.h"

namespace statestone::python {
namespace {

constexpr auto kFirst = static_cast<int>(ErrorCode::kNotStatestone);
constexpr auto kLast = static_cast<int>(ErrorCode::kCanceled);

std::optional<ErrorCode> CodeOf(std::string_view name) {
  for (int code = kFirst; code <= kLast; ++code) {
    if (Name(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  }
  return std::nullopt;
}

// None where C++ has nothing to say.
nb::object OrNone(const std::string& text) {
  return text.empty() ? nb::none() : nb::object(ToStr(text));
}

template <typename Number>
nb::object OrNone(const std::optional<Number>& number) {
  return number ? nb::cast(*number) : nb::none();
}

nb::object MakePythonError(const Error& error) {
  const ErrorFields& fields = error.fields();
  const nb::object type = nb::module_::import_("statestone._error").attr("Error");
  return type(
      ToStr(Name(error.code())), ToStr(fields.problem),
      nb::arg("path") = fields.path.empty() ? nb::none() : nb::object(PathToStr(fields.path)),
      nb::arg("entry") = OrNone(fields.entry), nb::arg("chunk") = OrNone(fields.chunk),
      nb::arg("offset") = OrNone(fields.offset), nb::arg("expected") = OrNone(fields.expected),
      nb::arg("found") = OrNone(fields.found), nb::arg("advice") = OrNone(fields.advice),
      nb::arg("system_error") = fields.system_error);
}

void Translate(const std::exception_ptr& pointer, void* /*payload*/) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    const nb::object made = MakePythonError(error);
    PyErr_SetObject(made.type().ptr(), made.ptr());
  }
}

// The one line that a C++ error of these fields has.
nb::str ErrorText(const std::string& code, std::string problem, std::string path, std::string entry,
                  std::optional<std::uint64_t> chunk, std::optional<std::uint64_t> offset,
                  std::string expected, std::string found, std::string advice, int system_error) {
  const std::optional<ErrorCode> known = CodeOf(code);
  if (!known) throw nb::value_error("no such error code");
  const Error error(*known, {.path = std::move(path),
                             .entry = std::move(entry),
                             .chunk = chunk,
                             .offset = offset,
                             .problem = std::move(problem),
                             .expected = std::move(expected),
                             .found = std::move(found),
                             .advice = std::move(advice),
                             .system_error = system_error});
  return ToStr(error.what());
}

}  // namespace

void BindErrors(nb::module_& module) {
  nb::register_exception_translator(Translate, nullptr);
  module.def("error_text", ErrorText, nb::arg("code"), nb::arg("problem"), nb::arg("path"),
             nb::arg("entry"), nb::arg("chunk").none(), nb::arg("offset").none(),
             nb::arg("expected"), nb::arg("found"), nb::arg("advice"), nb::arg("system_error"));
}

}  // namespace statestone::python
