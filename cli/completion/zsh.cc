#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "cli/completion/usage.h"

namespace statestone::cli {
namespace {

// Inside '...', and inside the brackets and colons of _arguments.
std::string Quoted(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::string Argument(const OptionUsage& option) {
  std::string action = ":" + (option.value.empty() ? option.place : option.value) + ":";
  if (!option.words.empty()) {
    action += fmt::format("({})", fmt::join(option.words, " "));
  } else if (option.value == "DIR") {
    action += "_files -/";
  } else if (option.value == "OUT" || !option.place.empty()) {
    action += "_files";
  }
  if (!option.place.empty()) return fmt::format("      '*{}' \\\n", action);
  std::string lines;
  for (const std::string& name : option.names) {
    lines += fmt::format("      '*{}[{}]{}' \\\n", name, Quoted(option.help),
                         option.value.empty() ? "" : action);
  }
  return lines;
}

}  // namespace

std::string ZshCompletion(const std::vector<CommandUsage>& commands) {
  std::string list;
  std::string cases;
  for (const CommandUsage& command : commands) {
    if (command.name.empty()) continue;
    list += fmt::format("    '{}:{}'\n", command.name, Quoted(command.summary));
    // One place takes all arguments without a name: _arguments wants a single pattern for the rest.
    std::string arguments;
    bool placed = false;
    for (const OptionUsage& option : command.options) {
      if (!option.place.empty() && std::exchange(placed, true)) continue;
      arguments += Argument(option);
    }
    cases += fmt::format("    {})\n      _arguments -s \\\n{}      && return ;;\n", command.name,
                         arguments);
  }
  return fmt::format(R"(#compdef statestone
# zsh completion for statestone: put it into a folder of $fpath as _statestone.

_statestone() {{
  local -a commands
  commands=(
{list}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{cases}  esac
}}

_statestone "$@"
)",
                     fmt::arg("list", list), fmt::arg("cases", cases));
}

}  // namespace statestone::cli
