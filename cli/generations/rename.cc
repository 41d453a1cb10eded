// statestone rename: other names for tensors and entries, without writing their bytes again.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/generations/append_options.h"
#include "cli/generations/growth.h"
#include "statestone/append.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

struct TensorRename {
  TensorRef tensor;
  std::string from;  ///< display paths
  std::string to;
  std::string name;  ///< the new one in its scope
};

class Rename final : public Command {
 public:
  std::string_view name() const override { return "rename"; }
  std::string_view summary() const override {
    return "Rename tensors and entries of a .stone file";
  }
  std::string_view examples() const override {
    return "FROM and TO are paths as inspect prints them: of an entry, or of a tensor, which stays "
           "in\n"
           "its model or dict. With --prefix every tensor whose path starts with FROM is renamed.\n"
           "Adds a generation of a few KiB to FILE; no tensor is written again.\n"
           "\n"
           "Examples:\n"
           "  statestone rename run.stone model encoder\n"
           "  statestone rename run.stone model/fc.weight model/head.weight\n"
           "  statestone rename run.stone --prefix model/module. model/ --dry-run\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    app.add_option("FROM", from_, "The path, or with --prefix the start of paths")
        ->required()
        ->type_name("");
    app.add_option("TO", to_, "What it becomes")->required()->type_name("");
    app.add_flag("--prefix", prefix_, "Rename every tensor whose path starts with FROM");
    app.add_flag("-n,--dry-run", dry_run_, "Only print what would be renamed");
    app.add_flag("--no-wait", no_wait_, "Fail if another program changes FILE, do not wait for it");
  }

  int Run(const Context& context) override {
    if (dry_run_) {
      PrintPlan(Reader::Open(file_), context);
      return kExitFine;
    }
    std::optional<AppendSummary> summary;
    try {
      Appender appender = Appender::Open(file_, OptionsFor(file_, no_wait_, context));
      if (RenameAll(appender)) {
        summary = appender.Finish();
      } else {
        const Reader& reader = appender.before();
        WriteNothingToDo(reader.generation(), reader.file_bytes(), context);
      }
    } catch (const Error& error) {
      throw LeftAsItWas(error, file_);
    }
    if (summary) WriteGrowth(file_, *summary, context);
    return kExitFine;
  }

 private:
  // False if everything has its new name already.
  bool RenameAll(Appender& appender) const {
    if (IsEntry(appender.before())) {
      const std::string from = NameOf(from_);
      const std::string to = NameOf(to_);
      if (from == to) return false;
      appender.RenameEntry(from, to);
      return true;
    }
    bool changes = false;
    for (TensorRename& rename : Plan(appender.before())) {
      if (appender.before().tensor(rename.tensor).name == rename.name) continue;
      appender.RenameTensor(rename.tensor, std::move(rename.name));
      changes = true;
    }
    return changes;
  }

  void WriteNothingToDo(std::uint64_t generation, std::uint64_t bytes,
                        const Context& context) const {
    if (context.options.json) {
      const AppendSummary nothing{.generation = generation, .file_bytes = bytes};
      return WriteGrowth(file_, nothing, context);
    }
    context.out.Write(fmt::format("{}: there is nothing to rename, generation {} stays\n",
                                  EscapeForDisplay(file_), generation));
  }

  // The name of an entry whose path is given.
  static std::string NameOf(const std::string& path) {
    const std::vector<std::string> components = SplitDisplayPath(path);
    if (components.size() == 1) return components.front();
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = path,
                 .problem = "an entry is renamed to the name of an entry",
                 .advice = "write a slash inside a name as \\/"});
  }

  bool IsEntry(const Reader& reader) const {
    if (prefix_) return false;
    const std::vector<std::string> components = SplitDisplayPath(from_);
    return components.size() == 1 && reader.FindEntry(components.front()).has_value();
  }

  std::vector<TensorRename> Plan(const Reader& reader) const {
    std::vector<TensorRename> plan;
    if (!prefix_) {
      const auto tensor = reader.FindTensor(from_);
      if (tensor) plan.push_back(Planned(reader, *tensor, to_));
    } else {
      const std::vector<std::string>& paths = reader.DisplayPaths();
      for (std::uint32_t i = 0; i < paths.size(); ++i) {
        if (!paths[i].starts_with(from_)) continue;
        plan.push_back(Planned(reader, {i}, to_ + paths[i].substr(from_.size())));
      }
    }
    if (!plan.empty()) return plan;
    throw Error(ErrorCode::kNotFound, {.path = file_,
                                       .entry = from_,
                                       .problem = prefix_ ? "no tensor's path starts like this"
                                                          : "the file has no such tensor or entry",
                                       .advice = "`statestone inspect` lists what is in it"});
  }

  // The last component is the tensor's name; what is before it says where it stands, which stays.
  static TensorRename Planned(const Reader& reader, TensorRef tensor, std::string to) {
    const std::string& from = reader.DisplayPaths()[tensor.index];
    std::vector<std::string> before = SplitDisplayPath(from);
    std::vector<std::string> after = SplitDisplayPath(to);
    std::string name = after.back();
    before.pop_back();
    after.pop_back();
    if (before != after) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = from,
                   .problem = "a tensor stays in its model or dict",
                   .expected = "a path that differs in its last part alone",
                   .found = to,
                   .advice = "write a slash inside a name as \\/"});
    }
    return {tensor, from, std::move(to), std::move(name)};
  }

  void PrintPlan(const Reader& reader, const Context& context) const {
    std::vector<std::pair<std::string, std::string>> pairs;
    if (IsEntry(reader)) {
      pairs.emplace_back(from_, to_);
    } else {
      for (const TensorRename& rename : Plan(reader)) pairs.emplace_back(rename.from, rename.to);
    }
    if (context.options.json) {
      nlohmann::ordered_json renames = nlohmann::ordered_json::array();
      for (const auto& [from, to] : pairs) renames.push_back({{"from", from}, {"to", to}});
      context.out.Write(JsonText({{"path", file_}, {"renames", renames}}));
      return;
    }
    for (const auto& [from, to] : pairs) {
      context.out.Write(fmt::format("{} -> {}\n", EscapeForDisplay(from), EscapeForDisplay(to)));
    }
  }

  std::string file_;
  std::string from_;
  std::string to_;
  bool prefix_ = false;
  bool dry_run_ = false;
  bool no_wait_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRename() { return std::make_unique<Rename>(); }

}  // namespace statestone::cli
