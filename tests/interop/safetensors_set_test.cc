// Sets of safetensors files: what an index may say, and what must be true of the files.
#include "tests/interop/safetensors_fixture.h"

namespace statestone {
namespace {

class SafetensorsSetTest : public HandMadeSafetensorsTest {
 protected:
  SafetensorsSetTest() {
    Write("one", File("{" + Tensor("a", "U8", "[1]", "[0,1]") + "}", "a"));
    Write("two", File("{" + Tensor("b", "U8", "[1]", "[0,1]") + "}", "b"));
  }

  void Write(const std::string& name, const std::string& file) const {
    faults::WriteWhole(scratch_ / name, file);
  }

  ImportedCheckpoint ImportIndex(const std::string& index) { return Import(index, "index.json"); }

  // `in`: the file that the error names.
  void ExpectIndexRefused(const std::string& index, ErrorCode code, const std::string& entry,
                          const std::string& text, const std::string& in = "index.json") {
    const Error error = faults::ErrorOf([&] { ImportIndex(index); });
    EXPECT_EQ(Name(error.code()), Name(code)) << error.what();
    EXPECT_EQ(error.fields().entry, entry) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    EXPECT_EQ(error.fields().path, (scratch_ / in).string());
  }

  static std::string Index(const std::string& map) {
    return R"({"metadata":{"total_size":2},"weight_map":{)" + map + "}}";
  }
};

TEST_F(SafetensorsSetTest, JoinsTheTensorsOfAllFiles) {
  const auto imported = ImportIndex(Index(R"("b":"two","a":"one")"));
  EXPECT_EQ(imported.kind, FileKind::kSafetensorsIndex);
  EXPECT_EQ(imported.checkpoint.DisplayPaths(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(BytesOf(imported.checkpoint, {1}), "b");
  EXPECT_EQ(std::get<Value>(imported.checkpoint.entries()[0].body).kind(), ValueKind::kTensorDict);
}

TEST_F(SafetensorsSetTest, KeepsWhatTheIndexSaysBesideTheSizes) {
  const auto imported =
      ImportIndex(R"({"metadata":{"total_size":2,"tool":{"version":[1,-2,0.5,null,true,"x"]}},)"
                  R"("weight_map":{"b":"two","a":"one"}})");
  const Value& attributes = std::get<Value>(imported.checkpoint.entries()[0].body).attributes();
  const Value version = Value::List({1, -2, 0.5, nullptr, true, "x"});
  EXPECT_EQ(attributes, (Value{{"index_metadata", Value{{"tool", Value{{"version", version}}}}}}));
}

TEST_F(SafetensorsSetTest, ListsMetadataThatOnlyALaterFileHas) {
  Write("two",
        File(R"({"__metadata__":{"format":"pt"},)" + Tensor("b", "U8", "[1]", "[0,1]") + "}", "b"));
  const auto imported = ImportIndex(Index(R"("b":"two","a":"one")"));
  ASSERT_EQ(imported.skipped.size(), 1);
  EXPECT_EQ(imported.skipped[0].reason, "two has other metadata than one");
}

TEST_F(SafetensorsSetTest, FollowsSymlinksBesideTheIndex) {
  std::filesystem::rename(scratch_ / "two", scratch_ / "blob");
  std::filesystem::create_symlink("blob", scratch_ / "two");
  EXPECT_EQ(ImportIndex(Index(R"("b":"two","a":"one")")).checkpoint.tensor_count(), 2);
}

TEST_F(SafetensorsSetTest, RefusesFilesOutsideOfItsFolder) {
  for (const std::string name :
       {"../two", "/two", "sub/two", "..", ".", "", R"(sub\\two)", R"(two\u0000)"}) {
    ExpectIndexRefused(Index(R"("a":"one","b":")" + name + '"'), ErrorCode::kCorrupt, "b",
                       "a file outside of its folder");
  }
}

TEST_F(SafetensorsSetTest, NamesAFileThatIsMissing) {
  ExpectIndexRefused(Index(R"("a":"one","c":"three","d":"three")"), ErrorCode::kNotFound, "c",
                     "a file of the set is missing", "three");
}

TEST_F(SafetensorsSetTest, NamesATensorThatItsFileLacks) {
  ExpectIndexRefused(Index(R"("a":"one","c":"one","b":"two")"), ErrorCode::kNotFound, "c",
                     "the file lacks a tensor", "one");
}

TEST_F(SafetensorsSetTest, NamesATensorThatTheIndexDoesNotGiveToItsFile) {
  ExpectIndexRefused(Index(R"("a":"two","b":"two")"), ErrorCode::kNotFound, "a",
                     "the file lacks a tensor", "two");
  Write("two", File("{" + Tensor("a", "U8", "[1]", "[0,1]") + "," +
                        Tensor("b", "U8", "[1]", "[1,2]") + "}",
                    "ab"));
  ExpectIndexRefused(Index(R"("a":"one","b":"two")"), ErrorCode::kCorrupt, "a",
                     "does not give to it (found in one)", "two");
  ExpectIndexRefused(Index(R"("b":"two")"), ErrorCode::kCorrupt, "a",
                     "does not give to it (found not in the index)", "two");
}

TEST_F(SafetensorsSetTest, RefusesOneTensorTwice) {
  ExpectIndexRefused(Index(R"("a":"one","a":"two")"), ErrorCode::kCorrupt, "a", "twice");
}

TEST_F(SafetensorsSetTest, RefusesIndexesOfAnotherForm) {
  const std::string problem = "the index ";
  for (const std::string index :
       {R"({"metadata":{}})", R"({"weight_map":[]})", R"({"weight_map":{"a":1}})",
        R"({"weight_map":{"a":{}}})", R"({"weight_map":null})", R"({"weight_map":{},"more":1})",
        R"({"weight_map":{},"weight_map":{}})", R"({"metadata":{},"metadata":{}})"}) {
    ExpectIndexRefused(index, ErrorCode::kCorrupt, "", problem);
  }
  ExpectIndexRefused(R"({"metadata":{})", ErrorCode::kCorrupt, "", "not valid JSON");
}

TEST_F(SafetensorsSetTest, RefusesMetadataThatIsTooDeepOrHasAKeyTwice) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  ExpectIndexRefused(R"({"metadata":)" + deep + R"(,"weight_map":{}})", ErrorCode::kLimit, "",
                     "nested too deep");
  ExpectIndexRefused(R"({"metadata":{"x":1,"x":2},"weight_map":{}})", ErrorCode::kCorrupt, "",
                     "one key twice (found x)");
}

TEST_F(SafetensorsSetTest, RefusesMetadataOfMoreThanAMillionValues) {
  std::string many;
  for (int i = 0; i < 1 << 20; ++i) many += "0,";
  ExpectIndexRefused(R"({"metadata":[)" + many + R"(0],"weight_map":{}})", ErrorCode::kLimit, "",
                     "too many values");
}

TEST_F(SafetensorsSetTest, RefusesAnIndexOfMoreThan100MBBeforeItIsRead) {
  faults::WriteWhole(scratch_ / "index.json", "{\"weight_map\":{}}");
  std::filesystem::resize_file(scratch_ / "index.json", 100'000'001);
  const Error error = faults::ErrorOf([&] { ImportCheckpoint(scratch_ / "index.json"); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().found, "100000001");
}

TEST_F(SafetensorsSetTest, RefusesMoreThanTenThousandFiles) {
  std::string map;
  for (int i = 0; i < 10'001; ++i) {
    const std::string number = std::to_string(i);
    map += (i == 0 ? "\"" : ",\"") + number + "\":\"" + number + '"';
  }
  ExpectIndexRefused(Index(map), ErrorCode::kLimit, "", "too many files");
}

}  // namespace
}  // namespace statestone
