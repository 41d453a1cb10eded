#include "cli/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <new>
#include <optional>
#include <vector>

#include "cli/choices.h"
#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/interruption.h"
#include "cli/nearest_name.h"
#include "statestone/display.h"
#include "statestone/version.h"

namespace statestone::cli {
namespace {

using Commands = std::vector<std::unique_ptr<Command>>;

constexpr std::string_view kDescription =
    "Checkpoint files (.stone): convert to them, look into them, check them.\n";

constexpr std::string_view kMainExamples =
    "Examples:\n"
    "  statestone convert resnet50.pth resnet50.stone\n"
    "  statestone inspect resnet50.stone\n"
    "  statestone verify *.stone\n"
    "\n"
    "`statestone COMMAND --help` says more of a command.\n";

Error UsageError(std::string problem, std::string advice) {
  return {ErrorCode::kInvalidArgument,
          {.problem = std::move(problem), .advice = std::move(advice)}};
}

void AddSharedOptions(CLI::App& app, SharedOptions& options) {
  app.add_flag("--json", options.json, "Write JSON to standard output, errors included");
  app.add_flag("-q,--quiet", options.quiet, "No progress bar");
  app.add_option("--threads", options.threads, "Workers; 0: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""));
  const auto choose = [&options](const std::string& when) {
    options.color = when == "always"  ? ColorChoice::kAlways
                    : when == "never" ? ColorChoice::kNever
                                      : ColorChoice::kAuto;
  };
  app.add_option_function<std::string>("--color", choose,
                                       "Colours: auto (on a terminal), always, never")
      ->type_name("WHEN")
      ->check(Choices({"auto", "always", "never"}));
}

Commands MakeCommands() {
  Commands commands;
  for (const auto make : {MakeConvert, MakeExport, MakeInspect, MakeVerify, MakeCheck, MakeDiff,
                          MakeStats, MakeDigest, MakeExtract, MakeAppend, MakeRename, MakeLog,
                          MakeRecover, MakeCompact, MakeTextconv, MakeCompletion}) {
    commands.push_back(make());
  }
  return commands;
}

// An unknown command, before CLI11 calls it "an extra argument".
void RequireKnownCommand(const std::vector<std::string>& arguments, const Commands& commands) {
  const auto first = std::find_if(arguments.begin(), arguments.end(),
                                  [](const std::string& a) { return !a.starts_with("-"); });
  if (first == arguments.end()) return;
  std::vector<std::string_view> names;
  for (const auto& command : commands) names.push_back(command->name());
  if (std::find(names.begin(), names.end(), *first) != names.end()) return;
  const std::string_view nearest = NearestName(*first, names);
  throw UsageError(fmt::format("there is no command \"{}\"", *first),
                   nearest.empty() ? "`statestone --help` lists the commands"
                                   : fmt::format("did you mean `statestone {}`?", nearest));
}

std::string FirstLine(std::string text) {
  const std::size_t end = text.find('\n');
  if (end != std::string::npos) text.resize(end);
  return text;
}

int Report(const Error& error, bool json, bool beside_answers) {
  ComplainLine(error.what());
  if (json) {
    Output out(STDOUT_FILENO);
    out.Write(JsonText({{"error", ErrorJson(error)}}));
    try {
      out.Flush();
    } catch (const Error&) {
      return kExitTrouble;
    }
  }
  return beside_answers ? ExitStatusBesideAnswers(error.code()) : ExitStatus(error.code());
}

int RunCommand(Command& command, const SharedOptions& options) {
  Output out(STDOUT_FILENO);
  std::optional<Interruption> interruption;
  if (command.stops_on_request()) interruption.emplace();
  const int status =
      command.Run({options, out, interruption ? interruption->token() : std::stop_token()});
  out.Flush();
  return status;
}

int Print(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.Write(text);
  out.Flush();
  return kExitFine;
}

std::string VersionText() {
  return fmt::format("statestone {} (file format {})\n", kVersion, kFormatVersion);
}

int ParseAndRun(const std::vector<std::string>& arguments, bool& json, bool& beside_answers) {
  SharedOptions options;
  Commands commands = MakeCommands();
  CLI::App app(std::string(kDescription), "statestone");
  app.require_subcommand(1);
  app.set_version_flag("--version", VersionText(), "Print the versions of library and format");
  app.set_help_flag("-h,--help", "Print this help");
  app.footer(std::string(kMainExamples) + "\n" + ExitStatusHelp());
  app.get_formatter()->column_width(32);
  Command* chosen = nullptr;
  for (const auto& command : commands) {
    CLI::App* sub =
        app.add_subcommand(std::string(command->name()), std::string(command->summary()));
    command->AddOptions(*sub);
    AddSharedOptions(*sub, options);
    sub->footer(std::string(command->examples()) + "\n" +
                ExitStatusHelp(command->answers_by_status()));
    sub->callback([&chosen, &command] { chosen = command.get(); });
  }
  try {
    RequireKnownCommand(arguments, commands);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Print(app.help());
  } catch (const CLI::CallForVersion&) {
    return Print(VersionText());
  } catch (const CLI::ParseError& error) {
    const auto used = app.get_subcommands();
    const std::string help =
        used.empty() ? "statestone --help" : "statestone " + used.front()->get_name() + " --help";
    throw UsageError(FirstLine(error.what()), "see `" + help + "`");
  }
  json = options.json;
  beside_answers = chosen->answers_by_status();
  return RunCommand(*chosen, options);
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments) {
  // Known before parsing, so that wrong usage too is reported as was asked.
  bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  bool beside_answers = false;
  try {
    return ParseAndRun(arguments, json, beside_answers);
  } catch (const Error& error) {
    return Report(error, json, beside_answers);
  } catch (const std::bad_alloc&) {
    return Report(Error(ErrorCode::kIo, {.problem = "not enough memory"}), json, beside_answers);
  } catch (const std::exception& error) {
    return Report(Error(ErrorCode::kIo, {.problem = error.what()}), json, beside_answers);
  }
}

}  // namespace statestone::cli
