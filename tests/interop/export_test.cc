// The seam through which checkpoints leave as other kinds of files.
#include "statestone/export.h"

#include <gtest/gtest.h>

#include <string>

#include "interop/losses.h"
#include "statestone/reader.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

Checkpoint OneTensor(const float& element) {
  Checkpoint checkpoint;
  const ScopeRef scope = checkpoint.AddScope();
  checkpoint.AddTensor(scope, {.name = "weight", .shape = {1}, .data = &element});
  checkpoint.AddValue("", Value::TensorDict(scope));
  return checkpoint;
}

TEST(ExportTest, WritesStoneFilesToo) {
  const faults::ScratchDirectory scratch;
  const float element = 1.5F;
  const auto path = scratch / "one.stone";
  const ExportReport report = ExportCheckpoint(OneTensor(element), path, FileKind::kStone);
  EXPECT_EQ(report.tensors, 1);
  EXPECT_EQ(report.tensor_bytes, 4);
  EXPECT_EQ(report.file_bytes, std::filesystem::file_size(path));
  ASSERT_EQ(report.files.size(), 1);
  EXPECT_EQ(report.files[0], path);
  EXPECT_EQ(Reader::Open(path).DisplayPaths().at(0), "weight");
}

TEST(ExportTest, RefusesKindThatIsNotWritten) {
  const faults::ScratchDirectory scratch;
  const float element = 1.5F;
  const auto path = scratch / "one.old";
  const Error error =
      faults::ErrorOf([&] { ExportCheckpoint(OneTensor(element), path, FileKind::kPtLegacy); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().path, path.string());
  EXPECT_EQ(error.fields().found, "PyTorch checkpoint (before 1.6)");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(LossesTest, NamesTheFirstThreeAndCountsTheRest) {
  const std::vector<LostEntry> lost = {{"a", "tie"}, {"b", "tie"}, {"c", "tie"}, {"d", "tie"}};
  const Error error =
      faults::ErrorOf([&] { RequireNothingLost(lost, FileKind::kSafetensors, {}); });
  EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
  EXPECT_EQ(error.fields().problem, "a safetensors file would lose 4 things");
  EXPECT_EQ(error.fields().found, "a: tie; b: tie; c: tie; and 1 more");
  EXPECT_NE(error.fields().advice.find("--lossy"), std::string::npos);
  EXPECT_NO_THROW(RequireNothingLost(lost, FileKind::kSafetensors, {.lossy = true}));
  EXPECT_NO_THROW(RequireNothingLost({}, FileKind::kSafetensors, {}));
}

}  // namespace
}  // namespace statestone
