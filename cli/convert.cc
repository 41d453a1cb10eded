// statestone convert: from other formats to .stone, and .stone files anew.
#include "statestone/convert.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/target_file.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/progress_bar.h"
#include "cli/terminal/style.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

class Convert final : public Command {
 public:
  std::string_view name() const override { return "convert"; }
  std::string_view summary() const override { return "Make a .stone file of a checkpoint"; }
  std::string_view examples() const override {
    return "What SRC is follows from its bytes, not its name: a file that torch.save wrote, of\n"
           "which nothing is executed, or a .stone file, which is written anew with the same\n"
           "content. DST appears whole or not at all.\n"
           "\n"
           "Examples:\n"
           "  statestone convert resnet50.pth\n"
           "  statestone convert resnet50.pth models/resnet50.stone\n"
           "  statestone convert --compression none run.stone run-raw.stone\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("SRC", source_, "The checkpoint to read")->required()->type_name("");
    app.add_option("DST", target_, "The file to write; SRC with the ending .stone if left out")
        ->type_name("");
    app.add_flag("-f,--force", force_, "Replace DST if there is such a file");
    const auto choose = [this](const std::string& how) {
      options_.write.compression = how == "none" ? Compression::kNone : Compression::kAuto;
    };
    app.add_option_function<std::string>(
           "--compression", choose,
           "auto: where it saves 1.5 %; none: tensors can be mapped in place")
        ->type_name("HOW")
        ->check(CLI::IsMember({"auto", "none"}).description(""));
    app.add_flag("--skip-unknown", options_.skip_unknown,
                 "Leave out what a pickle says in terms of unknown classes; listed at the end");
    app.add_option("--chunk-units", chunk_units_,
                   "Units of a chunk as a power of two, 6 to 21: smaller for finer slices")
        ->type_name("N")
        ->check(CLI::Range(6, 21).description(""));
    app.add_flag("!--no-verify-encoding", options_.write.verify_encoding,
                 "Do not decode each coded chunk again to compare it");
  }

  int Run(const Context& context) override {
    ChooseTarget();
    const bool existed = CheckTarget();
    ProgressBar bar("convert " + std::filesystem::path(source_).filename().string(),
                    context.options.quiet);
    options_.write.threads = context.options.threads;
    options_.write.stop = context.stop;
    options_.write.progress = bar.Callback();
    options_.write.chunk_units_log2 = static_cast<std::uint8_t>(chunk_units_);
    ConvertReport report;
    try {
      report = ConvertFile(source_, target_, options_);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCanceled) throw CanceledError(target_, existed);
      throw error.WithPath(source_);
    }
    const double seconds = bar.seconds();
    bar.Clear();
    if (context.options.json) {
      context.out.Write(JsonText(ReportJson(report, seconds)));
    } else {
      WriteReport(report, seconds, context);
    }
    return kExitFine;
  }

 private:
  void ChooseTarget() {
    if (!target_.empty()) return;
    target_ = std::filesystem::path(source_).replace_extension(".stone").string();
  }

  // Returns whether there is a file at the target.
  bool CheckTarget() const {
    std::error_code error;
    const bool existed = std::filesystem::exists(target_, error);
    if (existed && std::filesystem::equivalent(source_, target_, error)) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.path = target_,
                   .problem = "source and target are the same file",
                   .advice = "name another target: the source is never replaced"});
    }
    RequireFree(target_, force_);
    return existed;
  }

  Json ReportJson(const ConvertReport& report, double seconds) const {
    Json skipped = Json::array();
    for (const SkippedEntry& entry : report.skipped) {
      skipped.push_back({{"path", entry.path}, {"reason", entry.reason}});
    }
    return {{"source", source_},
            {"source_kind", report.source_kind == FileKind::kStone ? "stone" : "pt"},
            {"source_bytes", report.source_bytes},
            {"target", target_},
            {"target_bytes", report.summary.file_bytes},
            {"tensors", report.summary.tensors},
            {"tensor_bytes", report.summary.tensor_bytes},
            {"storages", report.summary.storages},
            {"chunks", report.summary.chunks},
            {"seconds", seconds},
            {"skipped", skipped}};
  }

  void WriteReport(const ConvertReport& report, double seconds, const Context& context) const {
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    const WriteSummary& made = report.summary;
    context.out.Write(fmt::format("{}: {}, {} of {}, {} tensor{} in {}\n",
                                  EscapeForDisplay(target_), HumanBytes(made.file_bytes),
                                  Styled(Percent(static_cast<double>(made.file_bytes),
                                                 static_cast<double>(report.source_bytes)),
                                         Style::kGood, screen.color),
                                  HumanBytes(report.source_bytes), WithCommas(made.tensors),
                                  made.tensors == 1 ? "" : "s", HumanSeconds(seconds)));
    for (const SkippedEntry& entry : report.skipped) {
      context.out.Write(fmt::format("  {} {}: {}\n",
                                    Styled("left out", Style::kNotice, screen.color), entry.path,
                                    EscapeForDisplay(entry.reason)));
    }
  }

  std::string source_;
  std::string target_;
  bool force_ = false;
  int chunk_units_ = 18;
  ConvertOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeConvert() { return std::make_unique<Convert>(); }

}  // namespace statestone::cli
