// Tests of what belongs to a whole process: its user, its mounts, its limits.
#pragma once

#include <functional>
#include <string>

namespace statestone::faults {

/// Runs `body` in a forked child, so that what it changes about the process ends with it, and
/// returns the text that `body` returned, what() of a std::exception it threw, or how it died.
/// Call it while the process has one thread.
std::string InChild(const std::function<std::string()>& body);

/// Makes this process an ordinary user for good, when it is root; for use inside InChild.
void BecomeOrdinaryUser();

}  // namespace statestone::faults
