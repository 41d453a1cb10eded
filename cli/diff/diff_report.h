// Differences for people and for programs.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/diff/differences.h"
#include "cli/output.h"
#include "cli/terminal/screen.h"

namespace statestone::cli {

/// Tables of at most `rows` lines each, hints, and a last line that sums up.
void WriteDifferences(const walk::OpenedCheckpoint& a, const walk::OpenedCheckpoint& b,
                      const Differences& differences, double seconds, std::size_t rows,
                      const Screen& screen, Output& out);

nlohmann::ordered_json DifferencesJson(const walk::OpenedCheckpoint& a,
                                       const walk::OpenedCheckpoint& b,
                                       const Differences& differences, double seconds);

}  // namespace statestone::cli
