// What a description of a checkpoint leaves out on request.
#pragma once

#include <functional>
#include <string>

#include "statestone/import.h"

namespace statestone {

/// Runs `describe`, which describes one entry, `entry` its display path. With `skip_unknown`, an
/// entry of a kind that has no counterpart is noted among what `imported` skipped instead.
/// \throws Error what `describe` throws, with the entry; unsupported only without `skip_unknown`
void DescribeOrLeaveOut(ImportedCheckpoint& imported, bool skip_unknown, const std::string& entry,
                        const std::function<void()>& describe);

}  // namespace statestone
