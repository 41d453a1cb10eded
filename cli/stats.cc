// statestone stats: what the elements of tensors add up to.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/choices.h"
#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/inspect/catalog.h"
#include "cli/stats/summaries.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/progress_bar.h"
#include "cli/terminal/table.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;
using tensor_math::Statistics;

// The greatest first; NaN, which is no mean at all, last.
using SortKey = double (*)(const Statistics&);

const std::map<std::string, SortKey> kSortKeys = {
    {"min", [](const Statistics& s) { return s.lowest; }},
    {"max", [](const Statistics& s) { return s.highest; }},
    {"mean", [](const Statistics& s) { return s.Mean(); }},
    {"norm", [](const Statistics& s) { return s.Norm(); }},
    {"zeros",
     [](const Statistics& s) {
       return static_cast<double>(s.zeros) / static_cast<double>(s.elements);
     }},
    {"nan", [](const Statistics& s) { return static_cast<double>(s.nans); }},
    {"inf", [](const Statistics& s) { return static_cast<double>(s.infinities); }},
    {"elements", [](const Statistics& s) { return static_cast<double>(s.elements); }}};

std::vector<std::string> SortNames() {
  std::vector<std::string> names = {"path"};
  for (const auto& [name, key] : kSortKeys) names.push_back(name);
  return names;
}

std::string OddText(const Statistics& statistics) {
  std::string text;
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", HumanCount(count), what);
  };
  add(statistics.nans, "NaN");
  add(statistics.infinities, "Inf");
  return text;
}

class Stats final : public Command {
 public:
  std::string_view name() const override { return "stats"; }
  std::string_view summary() const override { return "Minimum, maximum, mean, norm of tensors"; }
  std::string_view examples() const override {
    return "MIN, MAX, MEAN and NORM (the square root of the sum of squares, in double) are of the\n"
           "finite elements; NaN and Inf are counted. Of complex numbers the magnitudes count.\n"
           "\n"
           "Examples:\n"
           "  statestone stats run.stone\n"
           "  statestone stats --sort norm run.pth\n"
           "  statestone stats run.stone 'model/*.weight'\n"
           "  statestone stats --json run.stone | jq '.tensors[] | select(.nan > 0).path'\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "A .stone file, or what torch.save wrote, ...")
        ->required()
        ->type_name("");
    app.add_option("PATTERN", patterns_, "Only tensors whose path is like one of these: * is any")
        ->type_name("");
    app.add_option("--sort", sort_,
                   "By path, min, max, mean, norm, zeros, nan, inf or elements; the greatest first")
        ->type_name("KEY")
        ->check(Choices(SortNames()));
    app.add_flag("--skip-unknown", skip_unknown_,
                 "Leave out what a pickle says in terms of unknown classes");
  }

  int Run(const Context& context) override {
    ProgressBar bar("stats " + std::filesystem::path(file_).filename().string(),
                    context.options.quiet);
    ImportOptions import;
    import.skip_unknown = skip_unknown_;
    import.threads = context.options.threads;
    import.stop = context.stop;
    const auto file = walk::OpenedCheckpoint::Open(file_, import);
    std::vector<TensorSummary> summaries = SummarizeTensors(
        *file, PathPatterns(patterns_), {context.options.threads, context.stop, bar.Callback()});
    const double seconds = bar.seconds();
    bar.Clear();
    Sort(*file, summaries);
    if (context.options.json) {
      Json json = {{"path", file_}, {"seconds", seconds}, {"tensors", Json::array()}};
      for (const TensorSummary& summary : summaries) {
        json["tensors"].push_back(SummaryJson(file->tensors()[summary.tensor], summary.statistics));
      }
      context.out.Write(JsonText(json));
    } else {
      WriteTable(*file, summaries, seconds, context);
    }
    return kExitFine;
  }

 private:
  void Sort(const walk::OpenedCheckpoint& file, std::vector<TensorSummary>& summaries) const {
    if (sort_ == "path") {
      std::ranges::stable_sort(
          summaries, {}, [&](const TensorSummary& summary) -> const auto& {
            return file.tensors()[summary.tensor].path;
          });
    } else if (const auto found = kSortKeys.find(sort_); found != kSortKeys.end()) {
      std::ranges::stable_sort(summaries, std::ranges::greater{}, [&](const TensorSummary& s) {
        const double key = found->second(s.statistics);
        return s.statistics.has_numbers && !std::isnan(key) ? key : -HUGE_VAL;
      });
    }
  }

  static Row RowOf(const walk::OpenedTensor& tensor, const Statistics& statistics,
                   std::string_view times) {
    Row row;
    const bool numbers = statistics.has_numbers && statistics.finite() != 0;
    row.cells = {Cell{tensor.path},
                 {std::string(Name(tensor.dtype)), Style::kType},
                 {ShapeText(tensor.shape, times)},
                 {LowestText(tensor.dtype, statistics)},
                 {HighestText(tensor.dtype, statistics)},
                 {numbers ? fmt::format("{:.4g}", statistics.Mean()) : "-"},
                 {numbers ? fmt::format("{:.4g}", statistics.Norm()) : "-"},
                 {}};
    std::string zeros;
    if (statistics.elements != 0 && statistics.zeros != 0) {
      zeros = statistics.zeros == statistics.elements
                  ? "all zero"
                  : fmt::format("{} zero", HumanCount(statistics.zeros));
    }
    const std::string odd = OddText(statistics);
    row.cells[7] = {odd + (odd.empty() || zeros.empty() ? "" : ", ") + zeros,
                    odd.empty() ? Style::kFaint : Style::kBad};
    return row;
  }

  static void WriteTable(const walk::OpenedCheckpoint& file,
                         const std::vector<TensorSummary>& summaries, double seconds,
                         const Context& context) {
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    const std::string_view times = screen.unicode ? " × " : " x ";
    Table table({{.title = "TENSOR", .cut = Cut::kMiddle, .least = 16},
                 {.title = "TYPE", .rank = 3},
                 {.title = "SHAPE", .rank = 4},
                 {.title = "MIN", .right = true, .rank = 1},
                 {.title = "MAX", .right = true, .rank = 1},
                 {.title = "MEAN", .right = true, .rank = 2},
                 {.title = "NORM", .right = true, .rank = 2},
                 {.title = "NOTES", .rank = 0, .least = 8}},
                screen);
    Statistics all;
    std::uint64_t bytes = 0;
    std::vector<Row> rows;
    for (const TensorSummary& summary : summaries) {
      const walk::OpenedTensor& tensor = file.tensors()[summary.tensor];
      rows.push_back(RowOf(tensor, summary.statistics, times));
      table.Measure(rows.back());
      all.elements += summary.statistics.elements;
      all.nans += summary.statistics.nans;
      all.infinities += summary.statistics.infinities;
      bytes += tensor.bytes;
    }
    table.Settle();
    if (!rows.empty()) context.out.Write(table.Header());
    for (const Row& row : rows) context.out.Write(table.Line(row));
    const std::string rate = HumanRate(static_cast<double>(bytes), seconds);
    context.out.Write(
        fmt::format("{}{} tensor{} of {} elements, {} NaN, {} Inf  ({} in {}{}{})\n",
                    rows.empty() ? "" : "\n", WithCommas(rows.size()), rows.size() == 1 ? "" : "s",
                    HumanCount(all.elements), HumanCount(all.nans), HumanCount(all.infinities),
                    HumanBytes(bytes), HumanSeconds(seconds), rate.empty() ? "" : ", ", rate));
  }

  std::string file_;
  std::vector<std::string> patterns_;
  std::string sort_;
  bool skip_unknown_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeStats() { return std::make_unique<Stats>(); }

}  // namespace statestone::cli
