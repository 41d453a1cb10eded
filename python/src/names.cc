// Names on their way to people, and guesses at renamed ones.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "codec/text/likely_renames.h"
#include "python/src/binding.h"
#include "statestone/display.h"

namespace statestone::python {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<text::NamedTensor> Named(const Pairs& tensors) {
  std::vector<text::NamedTensor> named;
  named.reserve(tensors.size());
  for (const auto& [name, signature] : tensors) named.push_back({name, signature});
  return named;
}

Pairs LikelyRenames(const Pairs& from, const Pairs& to) {
  Pairs renames;
  for (text::NamePair& pair : text::LikelyRenames(Named(from), Named(to))) {
    renames.emplace_back(std::move(pair.from), std::move(pair.to));
  }
  return renames;
}

}  // namespace

void BindNames(nb::module_& module) {
  module.def("escape_for_display", &EscapeForDisplay, nb::arg("text"));
  module.def("escape_path_component", &EscapePathComponent, nb::arg("name"));
  module.def("split_display_path", &SplitDisplayPath, nb::arg("path"));
  module.def("likely_renames", LikelyRenames, nb::arg("missing_there"), nb::arg("missing_here"));
}

}  // namespace statestone::python
