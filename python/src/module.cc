// The extension module statestone._native. What it has is for the package's own Python code, which
// checks arguments and keeps alive what addresses point into.
#include "python/src/binding.h"
#include "statestone/version.h"

NB_MODULE(_native, module) {
  using namespace statestone::python;  // NOLINT(google-build-using-namespace)
  module.attr("version") = STATESTONE_VERSION_STRING;
  module.attr("format_version") = statestone::kFormatVersion;
  BindErrors(module);
  BindMemory(module);
  BindValues(module);
  BindRecords(module);
  BindSaving(module);
  BindReader(module);
  BindConversion(module);
  BindNames(module);
}
