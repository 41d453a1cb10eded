#include "cli/convert/conversion_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/file_kind.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/style.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownPaths = 20;

Json CastJson(const std::optional<CastSummary>& cast) {
  if (!cast) return {};
  return {{"tensors", cast->tensors},          {"elements", cast->elements},
          {"changed", cast->changed},          {"overflows", cast->overflows},
          {"underflows", cast->underflows},    {"max_abs", cast->max_absolute},
          {"max_relative", cast->max_relative}};
}

std::string CastText(const CastSummary& cast) {
  std::string text = fmt::format(
      "{} tensor{} turned: {} of {} elements changed, by {:.3g} at most, or {:.3g} of their size",
      WithCommas(cast.tensors), cast.tensors == 1 ? "" : "s", HumanCount(cast.changed),
      HumanCount(cast.elements), cast.max_absolute, cast.max_relative);
  if (cast.overflows != 0) text += fmt::format("; {} became infinite", HumanCount(cast.overflows));
  if (cast.underflows != 0) text += fmt::format("; {} became zero", HumanCount(cast.underflows));
  return text;
}

}  // namespace

Json ConversionJson(const ConversionJob& job, const ConvertReport& report, double seconds) {
  Json skipped = Json::array();
  for (const SkippedEntry& entry : report.skipped) {
    skipped.push_back({{"path", entry.path}, {"reason", entry.reason}});
  }
  Json lost = Json::array();
  for (const LostEntry& entry : report.lost) {
    lost.push_back({{"path", entry.path}, {"what", entry.what}});
  }
  return {{"source", job.source},
          {"source_kind", ShortName(report.source_kind)},
          {"source_bytes", report.source_bytes},
          {"target", job.target},
          {"target_kind", ShortName(job.kind)},
          {"target_bytes", report.summary.file_bytes},
          {"tensors", report.summary.tensors},
          {"tensor_bytes", report.summary.tensor_bytes},
          {"storages", report.summary.storages},
          {"chunks", report.summary.chunks},
          {"seconds", seconds},
          {"skipped", skipped},
          {"left_out", report.left_out},
          {"cast", CastJson(report.cast)},
          {"lost", lost}};
}

void WriteConversion(const ConversionJob& job, const ConvertReport& report, double seconds,
                     const Screen& screen, Output& out) {
  const WriteSummary& made = report.summary;
  out.Write(fmt::format("{}: {}, {} of {}, {} tensor{} in {}\n", EscapeForDisplay(job.target),
                        HumanBytes(made.file_bytes),
                        Styled(Percent(static_cast<double>(made.file_bytes),
                                       static_cast<double>(report.source_bytes)),
                               Style::kGood, screen.color),
                        HumanBytes(report.source_bytes), WithCommas(made.tensors),
                        made.tensors == 1 ? "" : "s", HumanSeconds(seconds)));
  const std::string left_out = Styled("left out", Style::kNotice, screen.color);
  for (const SkippedEntry& entry : report.skipped) {
    out.Write(fmt::format("  {} {}: {}\n", left_out, entry.path, EscapeForDisplay(entry.reason)));
  }
  const std::size_t shown = std::min(report.left_out.size(), kShownPaths);
  for (std::size_t i = 0; i < shown; ++i) {
    out.Write(fmt::format("  {} {}\n", left_out, report.left_out[i]));
  }
  if (shown < report.left_out.size()) {
    out.Write(fmt::format("  {} {} more: --json lists them\n", left_out,
                          WithCommas(report.left_out.size() - shown)));
  }
  if (report.cast) out.Write(fmt::format("  {}\n", CastText(*report.cast)));
  for (const LostEntry& entry : report.lost) {
    out.Write(fmt::format("  {} {}: {}\n", Styled("lost", Style::kBad, screen.color), entry.path,
                          EscapeForDisplay(entry.what)));
  }
}

}  // namespace statestone::cli
