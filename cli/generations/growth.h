// What commands that append have to say.
#pragma once

#include <string>

#include "cli/command.h"
#include "statestone/append.h"
#include "statestone/error.h"

namespace statestone::cli {

/// One line, or an object with --json.
void WriteGrowth(const std::string& file, const AppendSummary& summary, const Context& context);

/// The error of an append that did not happen: one that was canceled says that nothing changed.
Error LeftAsItWas(const Error& error, const std::string& file);

}  // namespace statestone::cli
