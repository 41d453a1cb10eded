// statestone digest: the identity of what a file says.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/terminal/progress_bar.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHexDigits = 64;

std::string CheckedHex(std::string hex) {
  for (char& c : hex) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool all_hex = hex.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (all_hex && hex.size() == kHexDigits) return hex;
  throw Error(ErrorCode::kInvalidArgument, {.problem = "--expect is no content digest",
                                            .expected = "64 hexadecimal digits",
                                            .found = hex});
}

class ContentDigest final : public Command {
 public:
  std::string_view name() const override { return "digest"; }
  std::string_view summary() const override { return "Print the digest of what files say"; }
  std::string_view examples() const override {
    return "Files of equal content have equal digests, whatever their coding and chunks.\n"
           "\n"
           "Examples:\n"
           "  statestone digest a.stone b.stone\n"
           "  statestone digest --expect 5f70bf18a086... run.stone\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", files_, "The .stone files")->required()->type_name("");
    app.add_option("--expect", expected_, "Exit with 1 if a file has another digest")
        ->type_name("HEX");
    AddGenerationOption(app, generation_);
  }

  int Run(const Context& context) override {
    if (!expected_.empty()) expected_ = CheckedHex(expected_);
    int status = kExitFine;
    Json results = Json::array();
    for (const std::string& file : files_) {
      status = std::max(status, DigestOne(file, context, results));
    }
    if (context.options.json) {
      context.out.Write(JsonText({{"ok", status == kExitFine}, {"files", results}}));
    }
    return status;
  }

 private:
  std::string Compute(const std::string& file, const Context& context) const {
    ProgressBar bar("digest " + std::filesystem::path(file).filename().string(),
                    context.options.quiet);
    ReadOptions options;
    options.generation = generation_;
    options.threads = context.options.threads;
    options.stop = context.stop;
    options.progress = bar.Callback();
    return ToHex(Reader::Open(file, options).ContentDigest());
  }

  int DigestOne(const std::string& file, const Context& context, Json& results) const {
    const bool json = context.options.json;
    std::string hex;
    try {
      hex = Compute(file, context);
      if (!expected_.empty() && hex != expected_) {
        throw Error(ErrorCode::kMismatch, {.path = file,
                                           .problem = "the content has another digest",
                                           .expected = expected_,
                                           .found = hex});
      }
    } catch (const Error& thrown) {
      const Error error = thrown.WithPath(file);
      if (error.code() == ErrorCode::kCanceled) {
        throw Error(ErrorCode::kCanceled, {.path = file, .problem = "canceled"});
      }
      if (json) results.push_back({{"path", file}, {"ok", false}, {"error", ErrorJson(error)}});
      ComplainLine(error.what());
      return ExitStatus(error.code());
    }
    if (json) {
      results.push_back({{"path", file}, {"ok", true}, {"digest", hex}});
    } else {
      context.out.Write(hex + "  " + EscapeForDisplay(file) + "\n");
      context.out.Flush();
    }
    return kExitFine;
  }

  std::string expected_;
  std::uint64_t generation_ = 0;
  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Command> MakeDigest() { return std::make_unique<ContentDigest>(); }

}  // namespace statestone::cli
