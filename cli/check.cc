// statestone check: whether the numbers of a checkpoint are sound.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/stats/summaries.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/progress_bar.h"
#include "cli/terminal/style.h"
#include "interop/tensor_math/element_values.h"
#include "interop/transform/training_parts.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;
using tensor_math::NumberKind;
using tensor_math::Statistics;

struct Finding {
  std::uint32_t tensor = 0;
  Statistics statistics;
  bool all_zero = false;
};

// A weight matrix of zeros learns nothing and was likely never loaded. Biases, counters, buffers
// and moments of optimizers start as zeros, and may stay so.
bool ZeroIsOdd(const walk::OpenedTensor& tensor, std::span<const std::string> optimizers) {
  const NumberKind kind = tensor_math::KindOf(tensor.dtype);
  return tensor.shape.size() >= 2 && tensor.kind != TensorKind::kBuffer &&
         (kind == NumberKind::kFloat || kind == NumberKind::kComplex) &&
         !LiesBelow(tensor.path, optimizers);
}

class Check final : public Command {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view summary() const override { return "Look for NaN, Inf and weights of zeros"; }
  std::string_view examples() const override {
    return "For CI: exit status 1, and a line for each tensor, if there is a NaN or an infinity "
           "in\n"
           "any tensor, or nothing but zeros in a weight: a float tensor of two dimensions or "
           "more\n"
           "that is neither a buffer nor of an optimizer. A .stone file's sums are checked as it\n"
           "is read; `statestone verify` checks the rest of it.\n"
           "\n"
           "Examples:\n"
           "  statestone check run.stone\n"
           "  statestone check --allow '*.running_var' --allow 'head/*' run.pth\n"
           "  statestone check --json nightly/*.stone\n";
  }
  bool answers_by_status() const override { return true; }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", files_, "Files of any kind")->required()->type_name("");
    app.add_option("--allow", allowed_, "Pass over tensors whose path is like this: * is any")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    app.add_flag("--skip-unknown", skip_unknown_,
                 "Leave out what a pickle says in terms of unknown classes");
  }

  int Run(const Context& context) override {
    int status = kExitFine;
    Json results = Json::array();
    for (const std::string& file : files_) {
      try {
        if (!CheckOne(file, context, results)) status = std::max(status, kExitNo);
      } catch (const Error& thrown) {
        const Error error = thrown.WithPath(file);
        if (error.code() == ErrorCode::kCanceled) throw error;
        status = ExitStatusBesideAnswers(error.code());
        results.push_back({{"path", file}, {"ok", false}, {"error", ErrorJson(error)}});
        ComplainLine(error.what());
      }
    }
    if (context.options.json) {
      context.out.Write(JsonText({{"ok", status == kExitFine}, {"files", results}}));
    }
    return status;
  }

 private:
  bool CheckOne(const std::string& path, const Context& context, Json& results) const {
    ProgressBar bar("check " + std::filesystem::path(path).filename().string(),
                    context.options.quiet);
    ImportOptions import;
    import.skip_unknown = skip_unknown_;
    import.threads = context.options.threads;
    import.stop = context.stop;
    const auto file = walk::OpenedCheckpoint::Open(path, import);
    const std::vector<TensorSummary> summaries =
        SummarizeTensors(*file, {}, {context.options.threads, context.stop, bar.Callback()});
    const double seconds = bar.seconds();
    bar.Clear();
    const PathPatterns allowed(allowed_);
    const std::vector<std::string> optimizers = OptimizerPaths(file->entries());
    std::vector<Finding> findings;
    std::uint64_t passed_over = 0;
    for (const TensorSummary& summary : summaries) {
      const walk::OpenedTensor& tensor = file->tensors()[summary.tensor];
      const Statistics& statistics = summary.statistics;
      Finding finding{summary.tensor, statistics};
      finding.all_zero = statistics.elements != 0 && statistics.zeros == statistics.elements &&
                         ZeroIsOdd(tensor, optimizers);
      if (statistics.nans == 0 && statistics.infinities == 0 && !finding.all_zero) continue;
      if (allowed.Cover(tensor.path)) {
        ++passed_over;
      } else {
        findings.push_back(finding);
      }
    }
    if (context.options.json) {
      results.push_back(FileJson(path, *file, findings, summaries.size(), passed_over, seconds));
    } else {
      WriteFindings(path, *file, findings, summaries.size(), passed_over, context);
    }
    return findings.empty();
  }

  static std::vector<std::string> Words(const Finding& finding) {
    std::vector<std::string> words;
    const Statistics& statistics = finding.statistics;
    const auto count = [&](std::uint64_t number, std::string_view what) {
      if (number == 0) return;
      words.push_back(number == statistics.elements
                          ? fmt::format("all {} {}", HumanCount(number), what)
                          : fmt::format("{} of {} {}", HumanCount(number),
                                        HumanCount(statistics.elements), what));
    };
    count(statistics.nans, "NaN");
    count(statistics.infinities, "Inf");
    if (finding.all_zero) words.push_back("all " + HumanCount(statistics.elements) + " zero");
    return words;
  }

  static void WriteFindings(const std::string& path, const walk::OpenedCheckpoint& file,
                            const std::vector<Finding>& findings, std::size_t tensors,
                            std::uint64_t passed_over, const Context& context) {
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    const std::string shown = EscapeForDisplay(path);
    for (const Finding& finding : findings) {
      context.out.Write(fmt::format(
          "{}: {}: {}\n", shown, file.tensors()[finding.tensor].path,
          Styled(fmt::format("{}", fmt::join(Words(finding), ", ")), Style::kBad, screen.color)));
    }
    std::string verdict =
        findings.empty() ? fmt::format("{}  {} tensor{}", Styled("ok", Style::kGood, screen.color),
                                       WithCommas(tensors), tensors == 1 ? "" : "s")
                         : fmt::format("{} of {} tensor{} not sound", WithCommas(findings.size()),
                                       WithCommas(tensors), tensors == 1 ? "" : "s");
    if (passed_over != 0) verdict += fmt::format(", {} passed over", WithCommas(passed_over));
    context.out.Write(fmt::format("{}: {}\n", shown, verdict));
    context.out.Flush();
  }

  static Json FileJson(const std::string& path, const walk::OpenedCheckpoint& file,
                       const std::vector<Finding>& findings, std::size_t tensors,
                       std::uint64_t passed_over, double seconds) {
    Json list = Json::array();
    for (const Finding& finding : findings) {
      list.push_back({{"path", file.tensors()[finding.tensor].path},
                      {"elements", finding.statistics.elements},
                      {"nan", finding.statistics.nans},
                      {"inf", finding.statistics.infinities},
                      {"all_zero", finding.all_zero}});
    }
    return {{"path", path},       {"ok", findings.empty()},
            {"tensors", tensors}, {"passed_over", passed_over},
            {"seconds", seconds}, {"findings", list}};
  }

  std::vector<std::string> files_;
  std::vector<std::string> allowed_;
  bool skip_unknown_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeCheck() { return std::make_unique<Check>(); }

}  // namespace statestone::cli
