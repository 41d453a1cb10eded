// What the commands of the program have in common.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string_view>

#include "cli/output.h"
#include "cli/terminal/screen.h"

namespace statestone::cli {

/// Options that every command takes.
struct SharedOptions {
  bool json = false;
  bool quiet = false;
  std::size_t threads = 0;
  ColorChoice color = ColorChoice::kAuto;
};

/// What a running command works with.
struct Context {
  const SharedOptions& options;
  Output& out;
  std::stop_token stop;
};

/// One command: its options, then its work.
class Command {
 public:
  virtual ~Command() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view summary() const = 0;  ///< one line for the list of commands
  virtual std::string_view examples() const = 0;
  /// Whether Ctrl-C is a request to stop that Run looks at, rather than the end of the process.
  virtual bool stops_on_request() const { return true; }
  /// Whether exit status 1 is the command's own answer: every error then has status 2, since what
  /// could not be read gives no answer.
  virtual bool answers_by_status() const { return false; }
  virtual void AddOptions(CLI::App& app) = 0;
  /// Returns the exit status. \throws Error
  virtual int Run(const Context& context) = 0;
};

/// `--generation N` of a command that reads a .stone file; 0, the default, is the last.
inline CLI::Option* AddGenerationOption(CLI::App& app, std::uint64_t& generation) {
  return app.add_option("--generation", generation, "An older generation, as `log` lists them")
      ->type_name("N");
}

std::unique_ptr<Command> MakeConvert();
std::unique_ptr<Command> MakeInspect();
std::unique_ptr<Command> MakeVerify();
std::unique_ptr<Command> MakeDigest();
std::unique_ptr<Command> MakeExtract();
std::unique_ptr<Command> MakeAppend();
std::unique_ptr<Command> MakeRename();
std::unique_ptr<Command> MakeRecover();
std::unique_ptr<Command> MakeCompact();
std::unique_ptr<Command> MakeLog();
std::unique_ptr<Command> MakeDiff();
std::unique_ptr<Command> MakeStats();
std::unique_ptr<Command> MakeCheck();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeCompletion();
std::unique_ptr<Command> MakeTextconv();

}  // namespace statestone::cli
