// statestone compact: the last generation alone.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

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

class Compact final : public Command {
 public:
  std::string_view name() const override { return "compact"; }
  std::string_view summary() const override { return "Write a file anew with its last generation"; }
  std::string_view examples() const override {
    return "Earlier generations and what only they hold are gone then; the content digest stays "
           "the\n"
           "same. FILE itself is replaced, as a whole or not at all, unless DST is given.\n"
           "\n"
           "Examples:\n"
           "  statestone compact run.stone\n"
           "  statestone compact run.stone archive/run.stone\n"
           "  statestone compact run.stone before.stone --generation 3\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    auto* target = app.add_option("DST", target_, "The file to write; FILE itself if left out");
    target->type_name("");
    app.add_flag("-f,--force", force_, "Replace DST if there is such a file");
    AddGenerationOption(app, generation_)->needs(target);
    app.add_flag("--no-wait", no_wait_, "Fail if another program changes FILE, do not wait for it");
  }

  int Run(const Context& context) override {
    if (!target_.empty()) RequireFree(target_, force_);
    const std::string target = target_.empty() ? file_ : target_;
    ProgressBar bar("compact " + std::filesystem::path(file_).filename().string(),
                    context.options.quiet);
    AppendOptions options = OptionsFor(file_, no_wait_, context);
    options.write.progress = bar.Callback();
    std::error_code error;
    const bool existed = std::filesystem::exists(target, error);
    // Not by opening it: another program may be appending to it.
    const std::uintmax_t found = std::filesystem::file_size(file_, error);
    const std::uint64_t before = error ? 0 : found;
    WriteSummary summary;
    try {
      summary = generation_ == 0 ? CompactFile(file_, target, options) : CopyOlder(options);
    } catch (const Error& thrown) {
      if (thrown.code() == ErrorCode::kCanceled) throw CanceledError(target, existed);
      throw thrown.WithPath(file_);
    }
    bar.Clear();
    if (context.options.json) {
      context.out.Write(JsonText({{"path", file_},
                                  {"target", target},
                                  {"bytes_before", before},
                                  {"bytes", summary.file_bytes}}));
    } else {
      context.out.Write(fmt::format("{}: {}, was {}\n", EscapeForDisplay(target),
                                    HumanBytes(summary.file_bytes), HumanBytes(before)));
    }
    return kExitFine;
  }

 private:
  // Earlier generations never change, so that no lock is needed.
  WriteSummary CopyOlder(const AppendOptions& options) const {
    ReadOptions read;
    read.access = Access::kPositioned;
    read.threads = options.write.threads;
    read.stop = options.write.stop;
    read.generation = generation_;
    return CopyCheckpoint(Reader::Open(file_, read), target_, options.write);
  }

  std::string file_;
  std::string target_;
  std::uint64_t generation_ = 0;
  bool force_ = false;
  bool no_wait_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeCompact() { return std::make_unique<Compact>(); }

}  // namespace statestone::cli
