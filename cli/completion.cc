// statestone completion: scripts for shells, and the manual page.
#include <string>

#include "cli/choices.h"
#include "cli/command.h"
#include "cli/completion/usage.h"
#include "cli/exit_status.h"

namespace statestone::cli {
namespace {

class Completion final : public Command {
 public:
  std::string_view name() const override { return "completion"; }
  std::string_view summary() const override { return "Print a shell's completions, or the manual"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  source <(statestone completion bash)\n"
           "  statestone completion bash > ~/.local/share/bash-completion/completions/statestone\n"
           "  statestone completion zsh > \"${fpath[1]}/_statestone\"\n"
           "  statestone completion fish > ~/.config/fish/completions/statestone.fish\n"
           "  statestone completion man | man -l -\n";
  }
  bool stops_on_request() const override { return false; }

  void AddOptions(CLI::App& app) override {
    program_ = app.get_parent();
    app.add_option("SHELL", shell_, "bash, zsh or fish; man for the manual page")
        ->required()
        ->type_name("")
        ->check(Choices({"bash", "zsh", "fish", "man"}));
  }

  int Run(const Context& context) override {
    const std::vector<CommandUsage> commands = UsageOf(*program_);
    context.out.Write(shell_ == "bash"   ? BashCompletion(commands)
                      : shell_ == "zsh"  ? ZshCompletion(commands)
                      : shell_ == "fish" ? FishCompletion(commands)
                                         : ManualPage(commands, program_->version()));
    return kExitFine;
  }

 private:
  CLI::App* program_ = nullptr;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletion() { return std::make_unique<Completion>(); }

}  // namespace statestone::cli
