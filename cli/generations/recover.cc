// statestone recover: what is whole in a file that was cut off.
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/generations/append_options.h"
#include "cli/target_file.h"
#include "cli/terminal/progress_bar.h"
#include "statestone/append.h"
#include "statestone/copy.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

class Recover final : public Command {
 public:
  std::string_view name() const override { return "recover"; }
  std::string_view summary() const override {
    return "Find what is whole in a file that was cut off";
  }
  std::string_view examples() const override {
    return "Searches backwards for the last complete generation and says what it found; exits with "
           "0\n"
           "if the file is whole. Nothing is changed unless asked.\n"
           "\n"
           "Examples:\n"
           "  statestone recover run.stone\n"
           "  statestone recover run.stone --output whole.stone\n"
           "  statestone recover run.stone --truncate\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    app.add_option("-o,--output", output_, "Write what is whole to a new file")->type_name("DST");
    app.add_flag("-f,--force", force_, "Replace DST if there is such a file");
    app.add_flag("--truncate", truncate_, "Cut off what is behind the last complete generation")
        ->excludes("--output");
    app.add_flag("--no-wait", no_wait_, "Fail if another program changes FILE, do not wait for it");
  }

  int Run(const Context& context) override {
    const AppendOptions options = OptionsFor(file_, no_wait_, context);
    if (!output_.empty()) RequireFree(output_, force_);
    const RecoverReport report = RecoverFile(file_, truncate_, options);
    if (!output_.empty()) Copy(options, context);
    const bool whole = report.complete_bytes == report.file_bytes;
    Write(report, whole, context);
    return whole || truncate_ || !output_.empty() ? kExitFine : kExitNo;
  }

 private:
  void Copy(AppendOptions options, const Context& context) const {
    ProgressBar bar("recover " + std::filesystem::path(file_).filename().string(),
                    context.options.quiet);
    options.write.progress = bar.Callback();
    ReadOptions read;
    read.access = Access::kPositioned;
    read.threads = context.options.threads;
    read.stop = context.stop;
    read.recover = true;
    CopyCheckpoint(Reader::Open(file_, read), output_, options.write);
  }

  void Write(const RecoverReport& report, bool whole, const Context& context) const {
    const std::uint64_t behind = report.file_bytes - report.complete_bytes;
    if (context.options.json) {
      context.out.Write(JsonText({{"path", file_},
                                  {"whole", whole},
                                  {"generation", report.generation},
                                  {"bytes", report.file_bytes},
                                  {"complete_bytes", report.complete_bytes},
                                  {"truncated", truncate_ && !whole}}));
      return;
    }
    std::string text = fmt::format("{}: ", EscapeForDisplay(file_));
    if (whole) {
      text += fmt::format("whole, generation {}; `statestone verify` reads all of it",
                          report.generation);
    } else {
      text += fmt::format("generation {} is complete, {} behind it {}", report.generation,
                          HumanBytes(behind), truncate_ ? "were cut off" : "are not");
    }
    context.out.Write(text + '\n');
    if (!output_.empty()) {
      context.out.Write(
          fmt::format("{}: generation {}\n", EscapeForDisplay(output_), report.generation));
    } else if (!whole && !truncate_) {
      context.out.Write("  `--truncate` cuts them off, `--output DST` writes what is whole\n");
    }
  }

  std::string file_;
  std::string output_;
  bool force_ = false;
  bool truncate_ = false;
  bool no_wait_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRecover() { return std::make_unique<Recover>(); }

}  // namespace statestone::cli
