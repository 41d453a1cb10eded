// statestone diff: what two checkpoints do not have in common.
#include <fmt/format.h>

#include <limits>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/diff/diff_report.h"
#include "cli/diff/differences.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/terminal/progress_bar.h"

namespace statestone::cli {
namespace {

constexpr std::size_t kFewRows = 50;

class Diff final : public Command {
 public:
  std::string_view name() const override { return "diff"; }
  std::string_view summary() const override { return "Compare two checkpoints of any kinds"; }
  std::string_view examples() const override {
    return "Tensors of the same path are compared bit for bit; a NaN equals a NaN of the same\n"
           "bits. MAX ABS is the greatest |a - b|, MAX ULP the greatest number of steps of the\n"
           "element type between a and b. Plain values and what models say are compared too. A\n"
           "dict equals an OrderedDict or a model of the same content, and roles of tensors count\n"
           "where both files tell them.\n"
           "\n"
           "Examples:\n"
           "  statestone diff before.stone after.stone\n"
           "  statestone diff run.stone run.pth\n"
           "  statestone diff --strip-prefix module. --tensors-only a.stone wrapped.pth\n"
           "  statestone diff --tolerance 1e-6 --rtol 1e-5 a.stone b.stone\n";
  }
  bool answers_by_status() const override { return true; }

  void AddOptions(CLI::App& app) override {
    app.add_option("A", a_, "A .stone file, or what torch.save wrote, ...")
        ->required()
        ->type_name("");
    app.add_option("B", b_, "The file to compare it with")->required()->type_name("");
    app.add_option("--tolerance", absolute_, "Elements and floats as far apart as this are equal")
        ->type_name("ABS")
        ->check(CLI::NonNegativeNumber.description(""));
    app.add_option("--rtol", relative_, "... or as this times |b|; both limits add up")
        ->type_name("REL")
        ->check(CLI::NonNegativeNumber.description(""));
    app.add_option("--strip-prefix", options_.strip_prefixes,
                   "Take it away from the front of names or paths of tensors on both sides")
        ->type_name("TEXT")
        ->allow_extra_args(false);
    app.add_flag("--tensors-only", options_.tensors_only,
                 "Only names, shapes, types and elements of tensors");
    app.add_flag("-a,--all", all_, "Print every difference, not the first 50 of each kind");
    app.add_flag("--skip-unknown", skip_unknown_,
                 "Leave out what a pickle says in terms of unknown classes");
  }

  int Run(const Context& context) override {
    ProgressBar bar("diff", context.options.quiet);
    ImportOptions import;
    import.skip_unknown = skip_unknown_;
    import.threads = context.options.threads;
    import.stop = context.stop;
    const auto a = walk::OpenedCheckpoint::Open(a_, import);
    const auto b = walk::OpenedCheckpoint::Open(b_, import);
    if (absolute_ || relative_) {
      options_.tolerance = {absolute_.value_or(0), relative_.value_or(0)};
    }
    options_.walk = {context.options.threads, context.stop, bar.Callback()};
    const Differences differences = FindDifferences(*a, *b, options_);
    const double seconds = bar.seconds();
    bar.Clear();
    if (context.options.json) {
      context.out.Write(JsonText(DifferencesJson(*a, *b, differences, seconds)));
    } else {
      const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
      const std::size_t rows = all_ ? std::numeric_limits<std::size_t>::max() : kFewRows;
      WriteDifferences(*a, *b, differences, seconds, rows, screen, context.out);
    }
    return differences.Equal() ? kExitFine : kExitNo;
  }

 private:
  std::string a_;
  std::string b_;
  std::optional<double> absolute_;
  std::optional<double> relative_;
  bool all_ = false;
  bool skip_unknown_ = false;
  DiffOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeDiff() { return std::make_unique<Diff>(); }

}  // namespace statestone::cli
