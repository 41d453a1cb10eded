// statestone verify: every byte of a file.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/progress_bar.h"
#include "cli/terminal/style.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string CountOf(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", WithCommas(count), one, count == 1 ? "" : "s");
}

std::string FineLine(const std::string& path, const VerifyReport& report, double seconds,
                     const Screen& screen) {
  std::string line = fmt::format("{}: {}  {}, {}", EscapeForDisplay(path),
                                 Styled("ok", Style::kGood, screen.color),
                                 HumanBytes(report.file_bytes), CountOf(report.chunks, "chunk"));
  if (report.generations != 1) line += ", " + CountOf(report.generations, "generation");
  line += fmt::format(", {}, {}", HumanSeconds(seconds),
                      HumanRate(static_cast<double>(report.file_bytes), seconds));
  if (report.undecoded_chunks != 0) {
    line += fmt::format("; {} of a newer version: only the stored sum was checked",
                        CountOf(report.undecoded_chunks, "chunk"));
  }
  return line + '\n';
}

class Verify final : public Command {
 public:
  std::string_view name() const override { return "verify"; }
  std::string_view summary() const override { return "Read and check every byte of files"; }
  std::string_view examples() const override {
    return "All files are checked, whatever is wrong with one of them; the exit status is the\n"
           "highest that any of them gives.\n"
           "\n"
           "Examples:\n"
           "  statestone verify run.stone\n"
           "  statestone verify --json backup/*.stone\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", files_, "The .stone files")->required()->type_name("");
  }

  int Run(const Context& context) override {
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    int status = kExitFine;
    Json results = Json::array();
    for (const std::string& file : files_) {
      const auto error = VerifyOne(file, context, screen, results);
      if (!error) continue;
      if (error->code() == ErrorCode::kCanceled) {
        throw Error(ErrorCode::kCanceled, {.path = file, .problem = "canceled"});
      }
      status = std::max(status, ExitStatus(error->code()));
    }
    if (context.options.json) {
      context.out.Write(JsonText({{"ok", status == kExitFine}, {"files", results}}));
    }
    return status;
  }

 private:
  std::optional<Error> VerifyOne(const std::string& file, const Context& context,
                                 const Screen& screen, Json& results) const {
    ProgressBar bar("verify " + std::filesystem::path(file).filename().string(),
                    context.options.quiet);
    const bool json = context.options.json;
    VerifyReport report;
    try {
      ReadOptions options;
      options.threads = context.options.threads;
      options.stop = context.stop;
      options.progress = bar.Callback();
      report = Reader::Open(file, options).Verify();
    } catch (const Error& thrown) {
      const Error error = thrown.WithPath(file);
      bar.Clear();
      if (error.code() == ErrorCode::kCanceled) return error;
      if (json) results.push_back({{"path", file}, {"ok", false}, {"error", ErrorJson(error)}});
      ComplainLine(error.what());
      return error;
    }
    const double seconds = bar.seconds();
    bar.Clear();
    if (json) {
      results.push_back({{"path", file},
                         {"ok", true},
                         {"bytes", report.file_bytes},
                         {"chunks", report.chunks},
                         {"generations", report.generations},
                         {"undecoded_chunks", report.undecoded_chunks},
                         {"seconds", seconds}});
    } else {
      context.out.Write(FineLine(file, report, seconds, screen));
      context.out.Flush();
    }
    return std::nullopt;
  }

  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Command> MakeVerify() { return std::make_unique<Verify>(); }

}  // namespace statestone::cli
