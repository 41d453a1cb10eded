// What an export would lose, and whether it may.
#pragma once

#include <vector>

#include "statestone/export.h"

namespace statestone {

/// \throws Error unrepresentable when something is lost and that was not asked for: names the first
///     few and how many there are
void RequireNothingLost(const std::vector<LostEntry>& lost, FileKind kind,
                        const ExportOptions& options);

}  // namespace statestone
