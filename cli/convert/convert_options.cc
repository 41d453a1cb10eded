#include "cli/convert/convert_options.h"

#include <filesystem>
#include <map>
#include <system_error>

#include "cli/choices.h"
#include "cli/file_kind.h"
#include "cli/target_file.h"
#include "cli/terminal/progress_bar.h"

namespace statestone::cli {
namespace {

const std::map<std::string, DType> kDTypes = {
    {"bf16", DType::kBFloat16},   {"bfloat16", DType::kBFloat16}, {"fp16", DType::kFloat16},
    {"float16", DType::kFloat16}, {"fp32", DType::kFloat32},      {"float32", DType::kFloat32}};

// Returns whether there is a file at the target.
bool CheckTarget(const ConversionJob& job, bool force) {
  std::error_code error;
  const bool existed = std::filesystem::exists(job.target, error);
  if (existed && std::filesystem::equivalent(job.source, job.target, error)) {
    throw Error(ErrorCode::kInvalidArgument,
                {.path = job.target,
                 .problem = "source and target are the same file",
                 .advice = "name another target: the source is never replaced"});
  }
  RequireFree(job.target, force);
  return existed;
}

}  // namespace

void ConvertArguments::AddOptions(CLI::App& app) {
  app.add_flag("-f,--force", force_, "Replace a file that is there");
  app.add_option_function<std::string>(
         "--to", [this](const std::string& name) { to_ = WritableKind(name); },
         "stone, pt, safetensors, safetensors-index, npy or npz, whatever the ending")
      ->type_name("KIND")
      ->check(Choices(WritableNames()));
  app.add_flag("--lossy", lossy_, "Write what the kind can hold and list what it cannot");
  std::vector<std::string> dtypes;
  dtypes.reserve(kDTypes.size());
  for (const auto& [name, dtype] : kDTypes) dtypes.push_back(name);
  app.add_option_function<std::string>(
         "--dtype", [this](const std::string& name) { dtype_ = kDTypes.at(name); },
         "Round float tensors to bf16, fp16 or fp32, but for optimizers'; says what that costs")
      ->type_name("TYPE")
      ->check(Choices(dtypes));
  app.add_option_function<std::string>(
         "--compression",
         [this](const std::string& how) {
           compression_ = how == "none" ? Compression::kNone : Compression::kAuto;
         },
         "auto: where it saves 1.5 %; none: tensors can be mapped in place")
      ->type_name("HOW")
      ->check(Choices({"auto", "none"}));
  app.add_flag("--skip-unknown", skip_unknown_,
               "Leave out what a pickle says in terms of unknown classes; listed at the end");
  app.add_option("--chunk-units", chunk_units_,
                 "Units of a chunk as a power of two, 6 to 21: smaller for finer slices")
      ->type_name("N")
      ->check(CLI::Range(6, 21).description(""));
  app.add_flag("!--no-verify-encoding", verify_encoding_,
               "Do not decode each coded chunk again to compare it");
}

ConvertReport ConvertArguments::Run(const ConversionJob& job, ConvertOptions options,
                                    std::string_view verb, const Context& context,
                                    double& seconds) const {
  const bool existed = CheckTarget(job, force_);
  ProgressBar bar(std::string(verb) + " " + std::filesystem::path(job.source).filename().string(),
                  context.options.quiet);
  options.write.threads = context.options.threads;
  options.write.stop = context.stop;
  options.write.progress = bar.Callback();
  options.write.compression = compression_;
  options.write.verify_encoding = verify_encoding_;
  options.write.chunk_units_log2 = static_cast<std::uint8_t>(chunk_units_);
  options.skip_unknown = skip_unknown_;
  options.lossy = lossy_;
  options.dtype = dtype_;
  options.target_kind = job.kind;
  try {
    ConvertReport report = ConvertFile(job.source, job.target, options);
    seconds = bar.seconds();
    return report;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCanceled) throw CanceledError(job.target, existed);
    throw error.WithPath(job.source);
  }
}

}  // namespace statestone::cli
