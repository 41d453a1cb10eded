// What the program's exit status says.
#pragma once

#include <string>

#include "statestone/error.h"

namespace statestone::cli {

inline constexpr int kExitFine = 0;
inline constexpr int kExitNo = 1;       ///< the answer is no: damaged, different, missing
inline constexpr int kExitTrouble = 2;  ///< wrong usage, or a file that cannot be read
inline constexpr int kExitCanceled = 130;

int ExitStatus(ErrorCode code) noexcept;

/// The table of all codes and their exit status, for --help.
std::string ExitStatusHelp();

}  // namespace statestone::cli
