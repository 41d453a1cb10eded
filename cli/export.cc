// statestone export: what running a model needs, without the rest of a training run.
#include <filesystem>
#include <string>

#include "cli/command.h"
#include "cli/convert/conversion_jobs.h"
#include "cli/convert/conversion_report.h"
#include "cli/convert/convert_options.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"

namespace statestone::cli {
namespace {

class Export final : public Command {
 public:
  std::string_view name() const override { return "export"; }
  std::string_view summary() const override { return "Write a model's weights alone, to run it"; }
  std::string_view examples() const override {
    return "Keeps parameters and buffers: of the models in the file, or of the state_dict that a\n"
           "training checkpoint has under \"model\", \"state_dict\", \"model_state_dict\" or the "
           "like.\n"
           "What is left out (optimizer, epoch, ...) is listed. Of one model the tensors have the\n"
           "names that the module gives them. DST's ending says what kind of file it is.\n"
           "\n"
           "Examples:\n"
           "  statestone export run.stone model.safetensors\n"
           "  statestone export --dtype bf16 run.pth model.stone\n"
           "  statestone export run.stone weights.pth\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", source_, "The checkpoint to read, of any kind")
        ->required()
        ->type_name("");
    app.add_option("DST", target_, "The file to write")->required()->type_name("");
    arguments_.AddOptions(app);
  }

  int Run(const Context& context) override {
    const ConversionJob job =
        PlanConversions({.paths = {source_, target_}, .to_dir = {}, .to = arguments_.to()}).front();
    ConvertOptions options;
    options.inference_only = true;
    double seconds = 0;
    const ConvertReport report = arguments_.Run(job, options, "export", context, seconds);
    if (context.options.json) {
      context.out.Write(JsonText(ConversionJson(job, report, seconds)));
    } else {
      WriteConversion(job, report, seconds, LookAtScreen(context.out.fd(), context.options.color),
                      context.out);
    }
    return kExitFine;
  }

 private:
  std::string source_;
  std::string target_;
  ConvertArguments arguments_;
};

}  // namespace

std::unique_ptr<Command> MakeExport() { return std::make_unique<Export>(); }

}  // namespace statestone::cli
