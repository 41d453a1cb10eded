#include "cli/exit_status.h"

#include <gtest/gtest.h>

#include <set>

namespace statestone::cli {
namespace {

TEST(ExitStatusTest, SaysOneForEveryNo) {
  for (const ErrorCode code :
       {ErrorCode::kCorrupt, ErrorCode::kIncomplete, ErrorCode::kNotFound, ErrorCode::kMismatch,
        ErrorCode::kUnsafe, ErrorCode::kLimit, ErrorCode::kUnrepresentable}) {
    EXPECT_EQ(ExitStatus(code), 1) << Name(code);
  }
}

TEST(ExitStatusTest, SaysTwoForWrongUsageAndUnreadableFiles) {
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kInvalidArgument,
                               ErrorCode::kNotStatestone, ErrorCode::kUnsupported}) {
    EXPECT_EQ(ExitStatus(code), 2) << Name(code);
  }
}

TEST(ExitStatusTest, SaysLikeAShellThatCtrlCEndedIt) {
  EXPECT_EQ(ExitStatus(ErrorCode::kCanceled), 130);
}

TEST(ExitStatusTest, HelpNamesEveryCodeOnLinesOf80Columns) {
  const std::string help = ExitStatusHelp();
  for (int code = 0; code <= static_cast<int>(ErrorCode::kCanceled); ++code) {
    EXPECT_NE(help.find(Name(static_cast<ErrorCode>(code))), std::string::npos) << code;
  }
  std::size_t line = 0;
  for (const char c : help) {
    line = c == '\n' ? 0 : line + 1;
    EXPECT_LT(line, 80u);
  }
}

}  // namespace
}  // namespace statestone::cli
