// What came of a conversion, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/convert/conversion_jobs.h"
#include "cli/output.h"
#include "cli/terminal/screen.h"
#include "statestone/convert.h"

namespace statestone::cli {

nlohmann::ordered_json ConversionJson(const ConversionJob& job, const ConvertReport& report,
                                      double seconds);

/// A line, and below it what was skipped, left out, turned or lost.
void WriteConversion(const ConversionJob& job, const ConvertReport& report, double seconds,
                     const Screen& screen, Output& out);

}  // namespace statestone::cli
