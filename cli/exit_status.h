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
/// The status of a command whose own answer is 0 or 1: no error may be taken for an answer.
int ExitStatusBesideAnswers(ErrorCode code) noexcept;

/// The table of all codes and their exit status, for --help. `beside_answers`: of such a command.
std::string ExitStatusHelp(bool beside_answers = false);

}  // namespace statestone::cli
