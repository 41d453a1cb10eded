// statestone convert: from one kind of checkpoint file to another, and .stone files anew.
#include "statestone/convert.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/convert/conversion_jobs.h"
#include "cli/convert/conversion_report.h"
#include "cli/convert/convert_options.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

class Convert final : public Command {
 public:
  std::string_view name() const override { return "convert"; }
  std::string_view summary() const override { return "Make a checkpoint file of another kind"; }
  std::string_view examples() const override {
    return "What a source is follows from its bytes, not its name: a file that torch.save wrote, "
           "of\n"
           "which nothing is executed, a safetensors file, or a .stone file, which is written "
           "anew\n"
           "with the same content. What is written follows from DST's ending, or --to. DST "
           "appears\n"
           "whole or not at all. What the kind cannot hold is refused, unless --lossy. A PATTERN "
           "is\n"
           "like a path that `statestone inspect` prints, * is any text, and covers what lies "
           "below.\n"
           "\n"
           "Examples:\n"
           "  statestone convert resnet50.pth\n"
           "  statestone convert resnet50.pth models/resnet50.stone\n"
           "  statestone convert run.stone weights.safetensors --only model --lossy\n"
           "  statestone convert --drop optimizer --dtype bf16 run.stone small.stone\n"
           "  statestone convert *.pth --to-dir out/\n"
           "  statestone convert --recursive zoo/ --to-dir out/\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("SRC", jobs_.paths,
                   "The checkpoint, then DST, the file to write: SRC with another ending if it is "
                   "left out. With --to-dir, files and folders, all of them sources")
        ->required()
        ->type_name("");
    app.add_option("--to-dir", jobs_.to_dir, "Convert every SRC into this folder")
        ->type_name("DIR");
    app.add_flag("-r,--recursive", jobs_.recursive, "Also what lies deeper in folders");
    for (auto& [option, patterns, help] :
         {std::tuple{"--only", &options_.only, "Keep only what has a path like this"},
          std::tuple{"--drop", &options_.drop, "Leave out what has a path like this"}}) {
      app.add_option(option, *patterns, help)->type_name("PATTERN")->allow_extra_args(false);
    }
    arguments_.AddOptions(app);
  }

  int Run(const Context& context) override {
    jobs_.to = arguments_.to();
    const std::vector<ConversionJob> jobs = PlanConversions(jobs_);
    if (jobs_.to_dir.empty()) {
      const Json json = RunJob(jobs.front(), context);
      if (context.options.json) context.out.Write(JsonText(json));
      return kExitFine;
    }
    return RunAll(jobs, context);
  }

 private:
  Json RunJob(const ConversionJob& job, const Context& context) const {
    double seconds = 0;
    const ConvertReport report = arguments_.Run(job, options_, "convert", context, seconds);
    if (context.options.json) return ConversionJson(job, report, seconds);
    WriteConversion(job, report, seconds, LookAtScreen(context.out.fd(), context.options.color),
                    context.out);
    context.out.Flush();
    return {};
  }

  // One that fails does not keep the others.
  int RunAll(const std::vector<ConversionJob>& jobs, const Context& context) const {
    int status = kExitFine;
    Json results = Json::array();
    for (const ConversionJob& job : jobs) {
      try {
        MakeFolder(std::filesystem::path(job.target).parent_path());
        results.push_back(RunJob(job, context));
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kCanceled) throw;
        status = std::max(status, ExitStatus(error.code()));
        results.push_back({{"source", job.source}, {"error", ErrorJson(error)}});
        ComplainLine(error.what());
      }
    }
    if (context.options.json) {
      context.out.Write(JsonText({{"ok", status == kExitFine}, {"files", results}}));
    } else if (jobs.empty()) {
      ComplainLine("no checkpoint was found to convert");
    }
    return status;
  }

  static void MakeFolder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) return;
    throw Error(ErrorCode::kIo, {.path = folder.string(),
                                 .problem = "cannot make the folder",
                                 .system_error = error.value()});
  }

  JobOptions jobs_;
  ConvertOptions options_;
  ConvertArguments arguments_;
};

}  // namespace

std::unique_ptr<Command> MakeConvert() { return std::make_unique<Convert>(); }

}  // namespace statestone::cli
