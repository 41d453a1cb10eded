// Texts of C++ as str: whatever their bytes, since they may come from a damaged file.
#pragma once

#include <string_view>

#include "python/src/binding.h"

namespace statestone::python {

/// UTF-8; bytes that are none become \xHH.
inline nb::str ToStr(std::string_view text) {
  PyObject* made =
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace");
  if (made == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(made);
}

/// As Python decodes paths: open() takes what this gives.
inline nb::str PathToStr(std::string_view path) {
  PyObject* made =
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()));
  if (made == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(made);
}

}  // namespace statestone::python
