#include "cli/exit_status.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace statestone::cli {
namespace {

struct CodeRow {
  ErrorCode code;
  int status;
};

constexpr std::array<CodeRow, 12> kCodes = {{{ErrorCode::kCorrupt, kExitNo},
                                             {ErrorCode::kIncomplete, kExitNo},
                                             {ErrorCode::kNotFound, kExitNo},
                                             {ErrorCode::kMismatch, kExitNo},
                                             {ErrorCode::kUnsafe, kExitNo},
                                             {ErrorCode::kLimit, kExitNo},
                                             {ErrorCode::kUnrepresentable, kExitNo},
                                             {ErrorCode::kIo, kExitTrouble},
                                             {ErrorCode::kInvalidArgument, kExitTrouble},
                                             {ErrorCode::kNotStatestone, kExitTrouble},
                                             {ErrorCode::kUnsupported, kExitTrouble},
                                             {ErrorCode::kCanceled, kExitCanceled}}};

struct StatusRow {
  int status;
  std::string_view meaning;
};

constexpr std::array<StatusRow, 4> kStatuses = {{{kExitFine, "fine"},
                                                 {kExitNo, "the answer is no"},
                                                 {kExitTrouble, "wrong usage, or unreadable"},
                                                 {kExitCanceled, "stopped by Ctrl-C or SIGTERM"}}};

}  // namespace

int ExitStatus(ErrorCode code) noexcept {
  for (const CodeRow& row : kCodes) {
    if (row.code == code) return row.status;
  }
  return kExitTrouble;
}

int ExitStatusBesideAnswers(ErrorCode code) noexcept {
  return code == ErrorCode::kCanceled ? kExitCanceled : kExitTrouble;
}

std::string ExitStatusHelp(bool beside_answers) {
  std::string text = "Exit status:\n";
  for (const StatusRow& status : kStatuses) {
    text += fmt::format("  {:<4} {}", status.status, status.meaning);
    std::string_view before = ": ";
    std::size_t column = 7 + status.meaning.size();
    for (const CodeRow& row : kCodes) {
      const int row_status = beside_answers ? ExitStatusBesideAnswers(row.code) : row.status;
      if (row_status != status.status) continue;
      const std::string_view name = Name(row.code);
      if (column + before.size() + name.size() > 78) {
        text += ",\n       ";
        column = 7;
        before = "";
      }
      text.append(before).append(name);
      column += before.size() + name.size();
      before = ", ";
    }
    text += '\n';
  }
  return text;
}

}  // namespace statestone::cli
