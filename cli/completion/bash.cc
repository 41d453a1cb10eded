#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/usage.h"

namespace statestone::cli {
namespace {

std::string OptionNames(const CommandUsage& command) {
  std::vector<std::string> names;
  for (const OptionUsage& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return fmt::format("{}", fmt::join(names, " "));
}

// Options with a value: what may follow them. Folders by "-d", words by themselves, else files.
std::string ValueCases(const CommandUsage& command) {
  std::string cases;
  for (const OptionUsage& option : command.options) {
    if (option.names.empty() || option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(command.name + ":" + name);
    std::string reply = "COMPREPLY=()";
    if (!option.words.empty()) {
      reply = fmt::format("_statestone_words '{}'", fmt::join(option.words, " "));
    } else if (option.value == "DIR") {
      reply = "_statestone_paths -d";
    } else if (option.value == "OUT") {
      reply = "_statestone_paths -f";
    }
    cases += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, "|"), reply);
  }
  return cases;
}

}  // namespace

std::string BashCompletion(const std::vector<CommandUsage>& commands) {
  std::vector<std::string> names;
  std::string values;
  std::string options;
  std::string words;
  for (const CommandUsage& command : commands) {
    if (!command.name.empty()) names.push_back(command.name);
    values += ValueCases(command);
    options += fmt::format("    '{}') options='{}' ;;\n", command.name, OptionNames(command));
    // A command whose argument is one of a few words, as `completion` has.
    for (const OptionUsage& option : command.options) {
      if (option.place.empty() || option.words.empty()) continue;
      words += fmt::format("    '{}') _statestone_words '{}'; return ;;\n", command.name,
                           fmt::join(option.words, " "));
    }
  }
  return fmt::format(R"(# bash completion for statestone. To use it in this shell:
#   source <(statestone completion bash)

_statestone_words() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }}
_statestone_paths() {{ mapfile -t COMPREPLY < <(compgen "$1" -- "$current"); }}

_statestone() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local command= options= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
  done
  case $command:$before in
{values}  esac
  case $command in
{options}  esac
  if [[ $current == -* ]]; then _statestone_words "$options"; return; fi
  if [[ -z $command ]]; then _statestone_words '{names}'; return; fi
  case $command in
{words}  esac
  _statestone_paths -f
}}

complete -o filenames -F _statestone statestone
)",
                     fmt::arg("values", values), fmt::arg("options", options),
                     fmt::arg("words", words), fmt::arg("names", fmt::join(names, " ")));
}

}  // namespace statestone::cli
