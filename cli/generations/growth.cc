#include "cli/generations/growth.h"

#include <fmt/format.h>

#include "cli/error_report.h"
#include "cli/terminal/numbers.h"
#include "statestone/display.h"

namespace statestone::cli {

void WriteGrowth(const std::string& file, const AppendSummary& summary, const Context& context) {
  if (context.options.json) {
    context.out.Write(JsonText({{"path", file},
                                {"generation", summary.generation},
                                {"bytes", summary.file_bytes},
                                {"added_bytes", summary.added_bytes},
                                {"chunks", summary.chunks},
                                {"chunks_written", summary.chunks_written}}));
    return;
  }
  context.out.Write(fmt::format("{}: generation {}, {} more, {} in all; {} of {} chunks written\n",
                                EscapeForDisplay(file), summary.generation,
                                HumanBytes(summary.added_bytes), HumanBytes(summary.file_bytes),
                                WithCommas(summary.chunks_written), WithCommas(summary.chunks)));
}

Error LeftAsItWas(const Error& error, const std::string& file) {
  if (error.code() != ErrorCode::kCanceled) return error.WithPath(file);
  return {ErrorCode::kCanceled,
          {.path = file, .problem = "canceled", .advice = "the file is as it was"}};
}

}  // namespace statestone::cli
