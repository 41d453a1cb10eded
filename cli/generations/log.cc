// statestone log: the generations of a file, and what changed from each to the next.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/terminal/style.h"
#include "statestone/changes.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

// Names shown of each kind of change without --all.
constexpr std::size_t kShown = 8;

class Log final : public Command {
 public:
  std::string_view name() const override { return "log"; }
  std::string_view summary() const override { return "List a file's generations and what changed"; }
  std::string_view examples() const override {
    return "The newest first: + added, - removed, ~ changed, > renamed. No payload is read, and\n"
           "small tensors that are stored together count as changed together. An older\n"
           "generation opens with `--generation N` of inspect, extract, digest and compact.\n"
           "\n"
           "Examples:\n"
           "  statestone log run.stone\n"
           "  statestone log --all --json run.stone\n";
  }
  bool stops_on_request() const override { return false; }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    app.add_option("--generation", only_, "Only this generation")->type_name("N");
    app.add_flag("--all", all_, "Every name, however many changed");
  }

  int Run(const Context& context) override {
    ReadOptions options;
    options.generation = only_;
    const Reader last = Reader::Open(file_, options);
    const std::vector<GenerationInfo> generations = last.Generations();
    Json list = Json::array();
    // From the newest back, one step's pair of indexes at a time.
    Reader newer = last;
    for (std::size_t i = generations.size(); i-- > 0;) {
      const GenerationInfo& generation = generations[i];
      if (i == 0) {
        WriteFirst(newer, generation, list, context);
        break;
      }
      const Reader older = newer.AtGeneration(generation.generation - 1);
      const Changes changes = CompareGenerations(older, newer);
      if (context.options.json) {
        list.push_back(ToJson(newer, generation, changes));
      } else {
        WriteHead(newer, generation, context);
        WriteChanges(changes, context);
      }
      if (only_ != 0) break;
      newer = older;
    }
    if (context.options.json) {
      context.out.Write(JsonText({{"path", file_}, {"generations", list}}));
    } else if (only_ == 0 && generations.size() > 1) {
      context.out.Write(
          "`--generation N` of inspect, extract, digest and compact opens an older one\n");
    }
    return kExitFine;
  }

 private:
  static Json Describe(const Reader& reader, const GenerationInfo& generation) {
    return {{"generation", generation.generation},
            {"begin", generation.begin_offset},
            {"end", generation.end_offset},
            {"bytes", generation.end_offset - generation.begin_offset},
            {"writer", reader.writer()},
            {"entries", reader.entry_count()},
            {"tensors", reader.tensor_count()}};
  }

  static Json ToJson(const Reader& reader, const GenerationInfo& generation,
                     const Changes& changes) {
    Json json = Describe(reader, generation);
    json["entries_added"] = changes.entries_added;
    json["entries_removed"] = changes.entries_removed;
    json["entries_changed"] = changes.entries_changed;
    json["tensors_added"] = changes.tensors_added;
    json["tensors_removed"] = changes.tensors_removed;
    json["tensors_changed"] = changes.tensors_changed;
    json["tensors_renamed"] = Json::array();
    for (const auto& [from, to] : changes.tensors_renamed) {
      json["tensors_renamed"].push_back({{"from", from}, {"to", to}});
    }
    return json;
  }

  static void WriteHead(const Reader& reader, const GenerationInfo& generation,
                        const Context& context) {
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    context.out.Write(fmt::format(
        "{}  {}, by {}\n",
        Styled(fmt::format("generation {}", generation.generation), Style::kStrong, screen.color),
        HumanBytes(generation.end_offset - generation.begin_offset),
        EscapeForDisplay(reader.writer())));
  }

  void WriteFirst(const Reader& reader, const GenerationInfo& generation, Json& list,
                  const Context& context) const {
    if (context.options.json) {
      list.push_back(Describe(reader, generation));
      return;
    }
    WriteHead(reader, generation, context);
    context.out.Write(fmt::format("  {} entr{}, {} tensor{}\n", reader.entry_count(),
                                  reader.entry_count() == 1 ? "y" : "ies", reader.tensor_count(),
                                  reader.tensor_count() == 1 ? "" : "s"));
  }

  // Display paths are escaped already; entries' names are not.
  void WriteNames(char mark, const char* what, const std::vector<std::string>& names,
                  bool are_paths, const Context& context) const {
    const std::size_t shown = all_ ? names.size() : std::min(names.size(), kShown);
    for (std::size_t i = 0; i < shown; ++i) {
      context.out.Write(fmt::format("  {} {} {}\n", mark, what,
                                    are_paths ? names[i] : EscapePathComponent(names[i])));
    }
    if (shown < names.size()) {
      context.out.Write(
          fmt::format("  {} {} more; --all lists them\n", mark, names.size() - shown));
    }
  }

  void WriteChanges(const Changes& changes, const Context& context) const {
    WriteNames('+', "entry", changes.entries_added, false, context);
    WriteNames('-', "entry", changes.entries_removed, false, context);
    WriteNames('~', "entry", changes.entries_changed, false, context);
    WriteNames('+', "tensor", changes.tensors_added, true, context);
    WriteNames('-', "tensor", changes.tensors_removed, true, context);
    WriteNames('~', "tensor", changes.tensors_changed, true, context);
    std::vector<std::string> renamed;
    for (const auto& [from, to] : changes.tensors_renamed) {
      renamed.push_back(fmt::format("{} -> {}", from, to));
    }
    WriteNames('>', "tensor", renamed, true, context);
    if (changes.empty()) context.out.Write("  nothing changed\n");
  }

  std::string file_;
  std::uint64_t only_ = 0;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeLog() { return std::make_unique<Log>(); }

}  // namespace statestone::cli
