#include "statestone/report.h"

#include <gmock/gmock.h>

namespace statestone {
namespace {

using testing::EndsWith;
using testing::StartsWith;

RestoreReport Everything() {
  RestoreReport report;
  report.entry = "model";
  report.loaded = {"a", "b"};
  report.missing = {{"head.weight", "float32 [10, 4]", ""}};
  report.unexpected = {{"fc.weight", "", "float32 [10, 4]"}};
  report.shape_changed = {{"stem.kernel", "float32 [3]", "float32 [4]"},
                          {"x", "float32 [8, 8]", "float32 [64]"}};
  report.dtype_changed = {{"y", "bfloat16 [2]", "float32 [2]"}};
  report.unused_renames = {{"old.", "new."}};
  report.likely_renames = {{"fc.", "head."}};
  report.file_training = TrainingMode::kTrain;
  report.module_training = TrainingMode::kEval;
  report.training_differs = {""};
  return report;
}

TEST(RestoreReportTest, IsASummaryAndALineForEachDifferenceInColumns) {
  EXPECT_EQ(Everything().ToString(),
            "model: 2 loaded, 1 missing, 1 unexpected, 2 shape changed, 1 type changed\n"
            "  missing         head.weight  expected float32 [10, 4]\n"
            "  unexpected      fc.weight    found float32 [10, 4]\n"
            "  shape changed   stem.kernel  expected float32 [3]      found float32 [4]\n"
            "  shape changed   x            expected float32 [8, 8]   found float32 [64]\n"
            "  type changed    y            expected bfloat16 [2]     found float32 [2]\n"
            "  rename {\"old.\", \"new.\"} fits no tensor of the file\n"
            "  likely renames: {{\"fc.\", \"head.\"}}\n"
            "  saved in train mode, the module is in eval mode; different: the module itself");
}

TEST(RestoreReportTest, IsOneLineIfAllIsWell) {
  RestoreReport report;
  report.entry = "model";
  report.loaded = {"weight"};
  EXPECT_EQ(report.ToString(), "model: 1 loaded");
  EXPECT_TRUE(report.exact());
}

TEST(RestoreReportTest, IsNotExactForAnyDifferenceOfNamesShapesOrTypes) {
  const TensorDifference difference = {"x", "a", "b"};
  using List = std::vector<TensorDifference> RestoreReport::*;
  for (const List list :
       {&RestoreReport::missing, &RestoreReport::unexpected, &RestoreReport::shape_changed,
        &RestoreReport::dtype_changed, &RestoreReport::tie_conflicts}) {
    RestoreReport report;
    (report.*list).push_back(difference);
    EXPECT_FALSE(report.exact());
  }
  RestoreReport report;
  report.unused_renames = {{"a", "b"}};
  EXPECT_FALSE(report.exact());
}

TEST(RestoreReportTest, EscapesWhatATerminalCouldActOn) {
  RestoreReport report;
  report.entry = "mo\x1b[31mdel";
  report.unexpected = {{"a\nb", "", "float32 [1]"}};
  EXPECT_EQ(report.ToString(),
            "mo\\x1b[31mdel: 0 loaded, 1 unexpected\n"
            "  unexpected      a\\x0ab  found float32 [1]");
}

TEST(MismatchErrorTest, CarriesTheReportInItsTextAndIsAnError) {
  const MismatchError error({.path = "run.stone", .entry = "model", .problem = "does not fit"},
                            Everything());
  const Error& base = error;
  EXPECT_EQ(base.code(), ErrorCode::kMismatch);
  EXPECT_THAT(base.what(), StartsWith("run.stone: \"model\": does not fit\nmodel: 2 loaded"));
  EXPECT_THAT(base.what(), EndsWith(Everything().ToString()));
  EXPECT_EQ(error.report().missing.size(), 1u);
}

}  // namespace
}  // namespace statestone
