// The program as a whole: from its arguments to its exit status.
#pragma once

#include <string>
#include <vector>

namespace statestone::cli {

/// Runs `statestone` with these arguments (without the program's name). Writes to the process's
/// standard output and standard error. Never throws.
int RunProgram(const std::vector<std::string>& arguments);

}  // namespace statestone::cli
