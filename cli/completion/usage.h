// The program's commands and options as data: what completion and the manual page are made of.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace statestone::cli {

struct OptionUsage {
  std::vector<std::string> names;  ///< "-f", "--force"; empty for what stands by its place
  std::string place;               ///< "FILE"; empty for options with names
  std::string value;               ///< "N"; empty for flags
  std::vector<std::string> words;  ///< that the value may be; empty: any
  std::string help;
};

struct CommandUsage {
  std::string name;
  std::string summary;
  std::string details;  ///< text and examples of --help
  std::vector<OptionUsage> options;
};

/// As CLI11 has them. `program` is the app that holds the commands; its own options come under the
/// empty name, first.
std::vector<CommandUsage> UsageOf(CLI::App& program);

std::string BashCompletion(const std::vector<CommandUsage>& commands);
std::string ZshCompletion(const std::vector<CommandUsage>& commands);
std::string FishCompletion(const std::vector<CommandUsage>& commands);

/// roff, for man(1). `version` as --version prints it.
std::string ManualPage(const std::vector<CommandUsage>& commands, const std::string& version);

}  // namespace statestone::cli
