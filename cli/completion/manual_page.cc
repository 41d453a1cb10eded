#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "cli/completion/usage.h"

namespace statestone::cli {
namespace {

std::string Escaped(const std::string& text) {
  std::string roff;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // A dot or an apostrophe at the start of a line is a request.
    if ((i == 0 || text[i - 1] == '\n') && (c == '.' || c == '\'')) roff += "\\&";
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c;
    }
  }
  return roff;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void AddOptions(std::string& roff, const CommandUsage& command) {
  for (const OptionUsage& option : command.options) {
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back("\\fB" + Escaped(name) + "\\fR");
    std::string term = fmt::format("{}", fmt::join(names, ", "));
    const std::string& value = option.place.empty() ? option.value : option.place;
    if (!value.empty()) term += (term.empty() ? "\\fI" : " \\fI") + Escaped(value) + "\\fR";
    roff += ".TP\n" + term + "\n" + Escaped(option.help) + "\n";
  }
}

std::string Places(const CommandUsage& command) {
  std::string places;
  for (const OptionUsage& option : command.options) {
    if (!option.place.empty()) places += " \\fI" + Escaped(option.place) + "\\fR";
  }
  return places;
}

// The part of --help after the options: paragraphs as they are, since examples are aligned.
void AddDetails(std::string& roff, const std::string& details) {
  roff += ".PP\n.nf\n" + Escaped(details);
  if (!details.ends_with('\n')) roff += '\n';
  roff += ".fi\n";
}

// The exit statuses stand in the details of each command.
std::string WithoutStatuses(const std::string& details) {
  return details.substr(0, std::min(details.size(), details.find("\nExit status:")));
}

}  // namespace

std::string ManualPage(const std::vector<CommandUsage>& commands, const std::string& version) {
  const CommandUsage& program = commands.front();
  const std::string name = version.substr(0, version.find(" ("));
  std::string roff = fmt::format(".TH STATESTONE 1 \"\" \"{}\" \"User Commands\"\n", Escaped(name));
  roff +=
      ".SH NAME\nstatestone \\- checkpoint files of PyTorch: convert, inspect, check, compare\n";
  roff += ".SH SYNOPSIS\n.B statestone\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIFILE\\fR...]\n";
  roff += ".SH DESCRIPTION\n" + Escaped(program.summary);
  AddOptions(roff, program);
  roff += ".SH COMMANDS\n";
  for (const CommandUsage& command : commands) {
    if (command.name.empty()) continue;
    roff += fmt::format(".SS \"{}\"\n\\fBstatestone {}\\fR [\\fIOPTION\\fR...]{}\n.PP\n{}.\n",
                        Upper(command.name), Escaped(command.name), Places(command),
                        Escaped(command.summary));
    AddOptions(roff, command);
    AddDetails(roff, WithoutStatuses(command.details));
  }
  roff += ".SH EXIT STATUS\n";
  const std::size_t statuses = program.details.find("Exit status:\n");
  if (statuses != std::string::npos) {
    AddDetails(roff, program.details.substr(program.details.find('\n', statuses) + 1));
  }
  return roff;
}

}  // namespace statestone::cli
