// What the commands that change a file ask of the library.
#pragma once

#include <string>

#include "cli/command.h"
#include "statestone/append.h"

namespace statestone::cli {

/// Threads, Ctrl-C and the wait for `file`'s lock, of which a line on standard error tells people
/// after a second, unless they asked for quiet.
AppendOptions OptionsFor(const std::string& file, bool no_wait, const Context& context);

}  // namespace statestone::cli
