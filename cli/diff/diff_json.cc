#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/diff/diff_report.h"
#include "cli/file_kind.h"
#include "cli/inspect/value_text.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;
using walk::OpenedCheckpoint;
using walk::OpenedTensor;

// JSON has no number for infinity.
Json NumberJson(double number) { return std::isfinite(number) ? Json(number) : Json("inf"); }

Json FileJson(const OpenedCheckpoint& file) {
  Json skipped = Json::array();
  for (const SkippedEntry& entry : file.skipped()) {
    skipped.push_back({{"path", entry.path}, {"reason", entry.reason}});
  }
  return {{"path", file.path()},
          {"kind", ShortName(file.kind())},
          {"bytes", file.file_bytes()},
          {"tensors", file.tensors().size()},
          {"skipped", skipped}};
}

Json SideJson(const OpenedTensor& tensor) {
  return {{"path", tensor.path},
          {"dtype", Name(tensor.dtype)},
          {"shape", tensor.shape},
          {"bytes", tensor.bytes}};
}

Json TensorJson(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                const TensorDifference& difference) {
  Json json = {{"a", SideJson(a.tensors()[difference.a])},
               {"b", SideJson(b.tensors()[difference.b])},
               {"shape_changed", difference.shape},
               {"dtype_changed", difference.dtype},
               {"notes", difference.notes}};
  const tensor_math::ElementDifferences& elements = difference.elements;
  if (difference.shape) {
    json["elements"] = nullptr;
    return json;
  }
  json["elements"] = {
      {"count", elements.elements},
      {"different", elements.different},
      {"beyond_tolerance", elements.beyond},
      {"nan_in_one", elements.nan_in_one},
      {"nan_of_other_bits", elements.nan_bits},
      {"max_abs", elements.has_numbers ? NumberJson(elements.max_absolute) : Json()},
      {"max_abs_at",
       elements.has_numbers && elements.max_absolute > 0 ? Json(elements.max_at) : Json()},
      {"max_ulp", elements.has_ulps ? Json(elements.max_ulps) : Json()}};
  return json;
}

Json ValueSideJson(const std::optional<Value>& value) {
  if (!value) return {};
  constexpr std::size_t kColumns = 4096;
  return {{"kind", Name(value->kind())}, {"text", ValueText(*value, kColumns)}};
}

}  // namespace

Json DifferencesJson(const OpenedCheckpoint& a, const OpenedCheckpoint& b, const Differences& found,
                     double seconds) {
  Json json = {{"equal", found.Equal()},
               {"a", FileJson(a)},
               {"b", FileJson(b)},
               {"compared_bytes", found.compared_bytes},
               {"seconds", seconds},
               {"common_tensors", found.tensors},
               {"equal_tensors", found.equal_tensors},
               {"equal_values", found.equal_values},
               {"different", Json::array()},
               {"only_in_a", Json::array()},
               {"only_in_b", Json::array()},
               {"values", Json::array()},
               {"hints", Json::array()}};
  for (const TensorDifference& tensor : found.changed) {
    json["different"].push_back(TensorJson(a, b, tensor));
  }
  for (const std::uint32_t i : found.only_a) json["only_in_a"].push_back(SideJson(a.tensors()[i]));
  for (const std::uint32_t i : found.only_b) json["only_in_b"].push_back(SideJson(b.tensors()[i]));
  for (const ValueDifference& value : found.values) {
    json["values"].push_back(
        {{"path", value.path}, {"a", ValueSideJson(value.a)}, {"b", ValueSideJson(value.b)}});
  }
  for (const RenameHint& hint : found.hints) {
    json["hints"].push_back({{"from", hint.from},
                             {"to", hint.to},
                             {"tensors", hint.tensors},
                             {"equal", hint.equal},
                             {"strip_prefixes", hint.strip_prefixes}});
  }
  return json;
}

}  // namespace statestone::cli
