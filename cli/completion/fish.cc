#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/usage.h"

namespace statestone::cli {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string Names(const OptionUsage& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text;
}

}  // namespace

std::string FishCompletion(const std::vector<CommandUsage>& commands) {
  std::string text =
      "# fish completion for statestone: put it into "
      "~/.config/fish/completions/statestone.fish.\n\n";
  for (const CommandUsage& command : commands) {
    std::string condition = "__fish_use_subcommand";
    if (!command.name.empty()) {
      text += fmt::format("complete -c statestone -n __fish_use_subcommand -f -a {} -d {}\n",
                          command.name, Quoted(command.summary));
      condition = Quoted("__fish_seen_subcommand_from " + command.name);
    }
    for (const OptionUsage& option : command.options) {
      text += fmt::format("complete -c statestone -n {}", condition) + Names(option);
      if (!option.words.empty()) {
        text += fmt::format(" -x -a {}", Quoted(fmt::format("{}", fmt::join(option.words, " "))));
      } else if (option.value == "DIR") {
        text += " -x -a '(__fish_complete_directories)'";
      } else if (!option.value.empty()) {
        text += option.value == "OUT" ? " -r" : " -x";
      } else if (!option.place.empty()) {
        text += " -F";
      }
      text += " -d " + Quoted(option.help) + "\n";
    }
  }
  return text;
}

}  // namespace statestone::cli
