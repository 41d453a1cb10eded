#include "cli/generations/append_options.h"

#include "cli/error_report.h"
#include "statestone/display.h"

namespace statestone::cli {

AppendOptions OptionsFor(const std::string& file, bool no_wait, const Context& context) {
  AppendOptions options;
  options.wait = !no_wait;
  options.write.threads = context.options.threads;
  options.write.stop = context.stop;
  if (!context.options.quiet) {
    options.on_wait = [file] {
      ComplainLine("waiting for another process that writes " + EscapeForDisplay(file));
    };
  }
  return options;
}

}  // namespace statestone::cli
