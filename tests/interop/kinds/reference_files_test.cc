// Files that the reference libraries wrote, converted: make_*_files.py says what each must become.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "statestone/convert.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/describe.h"

namespace statestone {
namespace {

using nlohmann::json;

std::filesystem::path Folder() { return STATESTONE_REFERENCE_FILES; }

json Cases() {
  std::ifstream file(Folder() / "cases.json");
  EXPECT_TRUE(file.is_open()) << "the fixture did not run";
  return json::parse(file);
}

class STATESTONE_REFERENCE_TEST : public testing::Test {
 protected:
  const faults::ScratchDirectory scratch_;
};

TEST_F(STATESTONE_REFERENCE_TEST, BecomeTheSameValuesAndTensors) {
  int converted = 0;
  for (const json& reference : Cases()) {
    if (!reference.contains("entries")) continue;
    SCOPED_TRACE(reference["file"]);
    json entries;
    try {
      ConvertFile(Folder() / reference["file"].get<std::string>(), scratch_ / "out.stone");
      const Reader reader = Reader::Open(scratch_ / "out.stone");
      reader.Verify();
      entries = DescribeEntries(reader);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      continue;
    }
    EXPECT_TRUE(entries == reference["entries"]) << json::diff(reference["entries"], entries);
    ++converted;
  }
  EXPECT_GE(converted, STATESTONE_REFERENCE_GOOD);
}

TEST_F(STATESTONE_REFERENCE_TEST, AreRefusedWithTheReason) {
  int refused = 0;
  for (const json& reference : Cases()) {
    if (!reference.contains("code")) continue;
    SCOPED_TRACE(reference["file"]);
    const std::filesystem::path source = Folder() / reference["file"].get<std::string>();
    const Error error = faults::ErrorOf([&] { ConvertFile(source, scratch_ / "out.stone"); });
    EXPECT_EQ(Name(error.code()), reference["code"]) << error.what();
    EXPECT_EQ(error.fields().path, Folder() / reference["at"].get<std::string>());
    for (const json& text : reference["texts"]) {
      EXPECT_NE(std::string(error.what()).find(text.get<std::string>()), std::string::npos)
          << text << " is not in: " << error.what();
    }
    EXPECT_TRUE(scratch_.Names().empty());
    ++refused;
  }
  EXPECT_GE(refused, STATESTONE_REFERENCE_BAD);
}

TEST_F(STATESTONE_REFERENCE_TEST, AreRecognizedByTheirContent) {
  for (const json& reference : Cases()) {
    if (!reference.contains("kind")) continue;
    const FileKind kind = RecognizeFile(Folder() / reference["file"].get<std::string>());
    EXPECT_NE(std::string(Name(kind)).find(reference["kind"].get<std::string>()), std::string::npos)
        << reference["file"] << ": " << Name(kind);
  }
}

}  // namespace
}  // namespace statestone
