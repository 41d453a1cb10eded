#include "cli/completion/usage.h"

#include <CLI/App.hpp>

#include "cli/choices.h"

namespace statestone::cli {
namespace {

// Validators stand in no order that CLI11 promises.
std::vector<std::string> WordsOf(CLI::Option& option) {
  for (int i = 0;; ++i) {
    try {
      auto words = ChoicesOf(option.get_validator(i)->get_name());
      if (!words.empty()) return words;
    } catch (const CLI::OptionNotFound&) {
      return {};
    }
  }
}

CommandUsage UsageOfCommand(CLI::App& app) {
  CommandUsage usage;
  usage.name = app.get_name();
  usage.summary = app.get_description();
  usage.details = app.get_footer();
  for (CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    OptionUsage made;
    for (const std::string& name : option->get_snames()) made.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) made.names.push_back("--" + name);
    if (made.names.empty()) made.place = option->get_name(true);
    if (!made.names.empty() && option->get_type_size_max() != 0) {
      made.value = option->get_type_name();
    }
    made.words = WordsOf(*option);
    made.help = option->get_description();
    usage.options.push_back(std::move(made));
  }
  return usage;
}

}  // namespace

std::vector<CommandUsage> UsageOf(CLI::App& program) {
  std::vector<CommandUsage> commands = {UsageOfCommand(program)};
  commands.front().name.clear();
  for (CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(UsageOfCommand(*command));
  }
  return commands;
}

}  // namespace statestone::cli
