#include "statestone/report.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "statestone/display.h"

namespace statestone {
namespace {

std::string_view Name(TrainingMode mode) {
  switch (mode) {
    case TrainingMode::kTrain:
      return "train";
    case TrainingMode::kEval:
      return "eval";
    case TrainingMode::kUnknown:
      break;
  }
  return "unknown";
}

std::string Counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what);
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

// Bytes, not columns on the screen: names of models are ASCII, others only align less well.
std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string Quoted(const Rename& pair) {
  return "{\"" + EscapeForDisplay(pair.in_file) + "\", \"" + EscapeForDisplay(pair.in_module) +
         "\"}";
}

struct Section {
  std::string_view label;
  const std::vector<TensorDifference>* differences;
};

std::array<Section, 7> Sections(const RestoreReport& report) {
  return {{{"missing", &report.missing},
           {"unexpected", &report.unexpected},
           {"shape changed", &report.shape_changed},
           {"type changed", &report.dtype_changed},
           {"tie conflict", &report.tie_conflicts},
           {"no longer tied", &report.untied},
           {"group changed", &report.groups_changed}}};
}

std::string Summary(const RestoreReport& report) {
  std::vector<std::string> parts = {Counted(report.loaded.size(), "loaded")};
  for (const Section& section : Sections(report)) {
    if (section.differences->empty()) continue;
    parts.push_back(Counted(section.differences->size(), section.label));
  }
  return (report.entry.empty() ? "" : EscapeForDisplay(report.entry) + ": ") + Join(parts, ", ");
}

std::string Differences(const RestoreReport& report) {
  constexpr std::size_t kLabelWidth = std::string_view("no longer tied").size();
  std::size_t name_width = 0;
  std::size_t expected_width = 0;
  for (const Section& section : Sections(report)) {
    for (const TensorDifference& difference : *section.differences) {
      name_width = std::max(name_width, EscapeForDisplay(difference.name).size());
      expected_width = std::max(expected_width, difference.expected.size());
    }
  }
  std::string text;
  for (const Section& section : Sections(report)) {
    for (const TensorDifference& difference : *section.differences) {
      std::string line = "  " + Padded(std::string(section.label), kLabelWidth) + "  " +
                         Padded(EscapeForDisplay(difference.name), name_width);
      const bool both = !difference.expected.empty() && !difference.found.empty();
      if (!difference.expected.empty()) {
        line +=
            "  expected " + (both ? Padded(EscapeForDisplay(difference.expected), expected_width)
                                  : EscapeForDisplay(difference.expected));
      }
      if (!difference.found.empty()) line += "  found " + EscapeForDisplay(difference.found);
      text += "\n" + line;
    }
  }
  return text;
}

std::string Modes(const RestoreReport& report) {
  if (report.training_differs.empty()) return {};
  std::vector<std::string> names;
  for (const std::string& name : report.training_differs) {
    names.push_back(name.empty() ? "the module itself" : EscapeForDisplay(name));
  }
  return "\n  saved in " + std::string(Name(report.file_training)) + " mode, the module is in " +
         std::string(Name(report.module_training)) + " mode; different: " + Join(names, ", ");
}

}  // namespace

bool RestoreReport::exact() const noexcept {
  return missing.empty() && unexpected.empty() && shape_changed.empty() && dtype_changed.empty() &&
         tie_conflicts.empty() && unused_renames.empty();
}

std::string RestoreReport::ToString() const {
  std::string text = Summary(*this) + Differences(*this);
  for (const Rename& pair : unused_renames) {
    text += "\n  rename " + Quoted(pair) + " fits no tensor of the file";
  }
  if (!likely_renames.empty()) {
    std::vector<std::string> pairs;
    for (const Rename& pair : likely_renames) pairs.push_back(Quoted(pair));
    text += "\n  likely renames: {" + Join(pairs, ", ") + "}";
  }
  return text + Modes(*this);
}

MismatchError::MismatchError(ErrorFields fields, RestoreReport report)
    : Error(ErrorCode::kMismatch, std::move(fields)),
      report_(std::move(report)),
      text_(std::string(Error::what()) + "\n" + report_.ToString()) {}

}  // namespace statestone
