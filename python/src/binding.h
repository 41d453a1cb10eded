// The parts that the extension module is put together from.
#pragma once

#include <nanobind/nanobind.h>

namespace statestone::python {

namespace nb = nanobind;

void BindErrors(nb::module_& module);
void BindMemory(nb::module_& module);
void BindValues(nb::module_& module);
void BindRecords(nb::module_& module);
void BindSaving(nb::module_& module);
void BindReader(nb::module_& module);
void BindConversion(nb::module_& module);
void BindNames(nb::module_& module);

}  // namespace statestone::python
