// Checkpoints that the installed torch wrote, one test for each: make_pt_files.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "statestone/convert.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/describe.h"

namespace statestone {
namespace {

using nlohmann::json;

std::filesystem::path Folder() { return STATESTONE_PT_FILES; }

json Cases() {
  json cases = json::array();
  for (const char* name : {"cases.json", "old_cases.json"}) {
    std::ifstream file(Folder() / name);
    EXPECT_TRUE(file.is_open()) << "the fixture did not run: ctest -R 'Make.*PtFiles'";
    for (json& one : json::parse(file)) cases.push_back(std::move(one));
  }
  return cases;
}

class RealPtFileTest : public testing::Test {
 protected:
  static ConvertReport Convert(const json& pt, const std::filesystem::path& target) {
    return ConvertPt(Folder() / (pt["name"].get<std::string>() + ".pt"), target,
                     {.skip_unknown = pt.value("skip_unknown", false)});
  }

  static json Skipped(const ConvertReport& report) {
    json skipped = json::array();
    for (const SkippedEntry& entry : report.skipped) {
      skipped.push_back({entry.path, entry.reason});
    }
    return skipped;
  }

  const faults::ScratchDirectory scratch_;
};

TEST_F(RealPtFileTest, BecomesTheSameValuesTensorsAndTies) {
  int converted = 0;
  for (const json& pt : Cases()) {
    if (!pt.contains("entries")) continue;
    SCOPED_TRACE(pt["name"]);
    const auto target = scratch_ / "out.stone";
    json entries;
    json ties;
    json skipped;
    try {
      skipped = Skipped(Convert(pt, target));
      const Reader reader = Reader::Open(target);
      reader.Verify();
      entries = DescribeEntries(reader);
      ties = DescribeTies(reader);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      continue;
    }
    EXPECT_TRUE(entries == pt["entries"]) << json::diff(pt["entries"], entries);
    json expected_ties = pt["ties"];
    std::sort(expected_ties.begin(), expected_ties.end());
    EXPECT_EQ(ties, expected_ties);
    EXPECT_EQ(skipped, pt["skipped"]);
    ++converted;
  }
  EXPECT_GE(converted, 175);
}

TEST_F(RealPtFileTest, IsRefusedWithThePlaceAndAdvice) {
  int refused = 0;
  for (const json& pt : Cases()) {
    if (!pt.contains("code")) continue;
    SCOPED_TRACE(pt["name"]);
    const auto target = scratch_ / "out.stone";
    const Error error = faults::ErrorOf([&] { Convert(pt, target); });
    EXPECT_EQ(Name(error.code()), pt["code"]) << error.what();
    if (!pt["entry"].is_null()) {
      EXPECT_EQ(error.fields().entry, pt["entry"]) << error.what();
    }
    EXPECT_EQ(error.fields().path, Folder() / (pt["name"].get<std::string>() + ".pt"));
    for (const json& text : pt["texts"]) {
      EXPECT_NE(std::string(error.what()).find(text.get<std::string>()), std::string::npos)
          << text << " is not in: " << error.what();
    }
    EXPECT_FALSE(std::filesystem::exists(target));
    ++refused;
  }
  EXPECT_GE(refused, 80);
}

TEST_F(RealPtFileTest, GivesTheSameTensorReferenceForTheSameObject) {
  const auto target = scratch_ / "out.stone";
  ConvertPt(Folder() / "same_object_twice_in_a_list.pt", target);
  const Reader reader = Reader::Open(target);
  const Value list = reader.ReadValue("");
  EXPECT_EQ(list.items()[0].AsTensor(), list.items()[2].AsTensor());
  EXPECT_EQ(reader.tensor_count(), 1u);
}

TEST_F(RealPtFileTest, WritesNoTensorOfAnEntryThatIsLeftOut) {
  const auto target = scratch_ / "out.stone";
  ConvertPt(Folder() / "skip_unknown_drops_tensors_beside.pt", target, {.skip_unknown = true});
  EXPECT_EQ(Reader::Open(target).tensor_count(), 0u);
}

TEST_F(RealPtFileTest, GivesTheSameBytesHoweverOften) {
  ConvertPt(Folder() / "checkpoint_Adam.pt", scratch_ / "a.stone", {.write = {.threads = 1}});
  ConvertPt(Folder() / "checkpoint_Adam.pt", scratch_ / "b.stone", {.write = {.threads = 4}});
  EXPECT_EQ(faults::ReadWhole(scratch_ / "a.stone"), faults::ReadWhole(scratch_ / "b.stone"));
}

TEST_F(RealPtFileTest, IsRecognizedByItsContent) {
  EXPECT_EQ(RecognizeFile(Folder() / "root_tensor.pt"), FileKind::kPtZip);
  EXPECT_EQ(RecognizeFile(Folder() / "legacy_root_tensor.pt"), FileKind::kPtLegacy);
}

}  // namespace
}  // namespace statestone
