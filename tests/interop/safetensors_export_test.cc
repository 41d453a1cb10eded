// What safetensors cannot hold, and files that fail half-way.
#include "statestone/export.h"
#include "tests/interop/safetensors_fixture.h"

namespace statestone {
namespace {

class SafetensorsExportTest : public HandMadeSafetensorsTest {
 protected:
  ExportReport Export(const ExportOptions& options = {}) const {
    return ExportCheckpoint(checkpoint_, scratch_ / "out.safetensors", FileKind::kSafetensors,
                            options);
  }

  // Refused as it is, and what it loses if that is allowed.
  std::vector<std::string> Lost() const {
    const Error error = faults::ErrorOf([&] { Export(); });
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable) << error.what();
    EXPECT_EQ(scratch_.Names(), std::vector<std::string>{});
    std::vector<std::string> lost;
    for (const LostEntry& entry : Export({.lossy = true}).lost) {
      lost.push_back(entry.path + ": " + entry.what);
    }
    return lost;
  }

  TensorSource Source(const std::string& name, DType dtype = DType::kInt8) {
    return {.name = name, .dtype = dtype, .shape = {2}, .data = memory_ + 2 * next_++ * 16};
  }

  std::vector<std::string> PathsBack() const {
    return ImportCheckpoint(scratch_ / "out.safetensors").checkpoint.DisplayPaths();
  }

  std::string MetadataBack(const char* key) const {
    const auto imported = ImportCheckpoint(scratch_ / "out.safetensors");
    const Value& root = std::get<Value>(imported.checkpoint.entries()[0].body);
    return root.attributes()["__metadata__"][key].AsString();
  }

  Checkpoint checkpoint_;
  std::byte memory_[1024] = {};
  int next_ = 0;
};

TEST_F(SafetensorsExportTest, LosesDTypesThatSafetensorsLacks) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  checkpoint_.AddTensor(scope, Source("b", DType::kComplex128));
  TensorSource packed = Source("c", DType::kFloat4E2M1FNx2);
  packed.shape.clear();
  checkpoint_.AddTensor(scope, packed);
  checkpoint_.AddValue("", Value::TensorDict(scope));
  EXPECT_EQ(Lost(), (std::vector<std::string>{
                        "b: left out: safetensors has no complex128",
                        "c: left out: safetensors has no float4_e2m1fn_x2 without dimensions"}));
  EXPECT_EQ(PathsBack(), std::vector<std::string>{"a"});
}

TEST_F(SafetensorsExportTest, LosesTiesAndStridesAndWritesTheElements) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (int i = 0; i < 6; ++i) memory_[i] = static_cast<std::byte>('a' + i);
  checkpoint_.AddTensor(
      scope,
      {.name = "t", .dtype = DType::kInt8, .shape = {3, 2}, .strides = {1, 3}, .data = memory_});
  checkpoint_.AddTensor(scope,
                        {.name = "u", .dtype = DType::kInt8, .shape = {2}, .data = memory_ + 4});
  checkpoint_.AddValue("", Value::TensorDict(scope));
  EXPECT_EQ(Lost(), (std::vector<std::string>{"t: its strides: written in row-major order",
                                              "u: its tie to t: written as a copy"}));
  const auto imported = ImportCheckpoint(scratch_ / "out.safetensors");
  EXPECT_EQ(BytesOf(imported.checkpoint, {0}), "adbecf");
  EXPECT_EQ(BytesOf(imported.checkpoint, {1}), "ef");
}

TEST_F(SafetensorsExportTest, FlattensEntriesAndSaysInJsonWhatTheyWere) {
  const ScopeRef model = checkpoint_.AddScope();
  checkpoint_.AddTensor(model, Source("w"));
  checkpoint_.AddTensor(model, Source("b"));
  checkpoint_.AddModel("net", {.scope = model, .architecture = "crepe"});
  const ScopeRef average = checkpoint_.AddScope();
  checkpoint_.AddTensor(average, Source("w"));
  checkpoint_.AddValue("average", Value::TensorDict(average));
  checkpoint_.AddValue("epoch", 12);
  const Value loose = Value::List({Value::Tensor(checkpoint_.AddAnonymousTensor(Source("")))});
  checkpoint_.AddValue("loose", loose);
  checkpoint_.AddAttachment("words", {.bytes = 3, .data = memory_});
  EXPECT_EQ(Lost(), (std::vector<std::string>{
                        "net: a model: only its tensors' names stay, the rest is kept as JSON in "
                        "__metadata__ alone",
                        "average: a tensor dict beside others: only its tensors' names stay",
                        "epoch: a value of kind int64: kept as JSON in __metadata__ alone",
                        "loose: a value of kind list: kept as JSON in __metadata__ alone",
                        "words: an attachment of 3 bytes: left out"}));
  EXPECT_EQ(PathsBack(),
            (std::vector<std::string>{R"(average\/w)", "b", R"(loose\/0)", R"(net\/w)"}));
  const std::string entries = MetadataBack("statestone.entries");
  EXPECT_TRUE(entries.starts_with(R"([{"name":"net","model":{"architecture":"crepe",)"));
  EXPECT_NE(entries.find(R"("tensors":{"$kind":"tensor_dict","names":{"w":"net/w","b":"b"}})"),
            std::string::npos);
  EXPECT_TRUE(entries.ends_with(
      R"({"name":"average","value":{"$kind":"tensor_dict","names":{"w":"average/w"}}},)"
      R"({"name":"epoch","value":12},)"
      R"({"name":"loose","value":[{"$kind":"tensor","name":"loose/0"}]},)"
      R"({"name":"words","attachment":3}])"))
      << entries;
}

TEST_F(SafetensorsExportTest, GivesANumberToNamesThatAreTaken) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("__metadata__"));
  checkpoint_.AddTensor(scope, Source("__metadata__#2"));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  EXPECT_EQ(Lost(), std::vector<std::string>{"__metadata__: its place: written as __metadata__#3"});
}

TEST_F(SafetensorsExportTest, LosesAttributesWithTensorsInThem) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  const TensorRef hidden = checkpoint_.AddAnonymousTensor(Source(""));
  checkpoint_.AddValue(
      "", Value::OrderedTensorDict(scope, Value{{"x", Value::Tensor(hidden)}, {"y", 1}}));
  const auto lost = Lost();
  ASSERT_EQ(lost.size(), 2);
  EXPECT_EQ(lost[1], ": the attribute x");
  EXPECT_TRUE(lost[0].ends_with("its place: written as \\#tensor/1")) << lost[0];
}

TEST_F(SafetensorsExportTest, KeepsOtherAttributesThroughJson) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  const Value attributes{{"__metadata__", Value{{"format", "pt"}}},
                         {"_metadata", Value::OrderedMap({{"", Value{{"version", 1}}}})}};
  checkpoint_.AddValue("", Value::OrderedTensorDict(scope, attributes));
  EXPECT_TRUE(Export().lost.empty());
  const auto imported = ImportCheckpoint(scratch_ / "out.safetensors");
  EXPECT_EQ(std::get<Value>(imported.checkpoint.entries()[0].body).attributes(), attributes);
}

TEST_F(SafetensorsExportTest, RefusesAttributesThatItDidNotWrite) {
  for (const char* text : {R"([])", R"({\"__metadata__\":{}})", "{", R"({\"$kind\":1})"}) {
    const Error error = faults::ErrorOf([&] {
      Import(File(std::string(R"({"__metadata__":{"statestone.attributes":")") + text + "\"}}"));
    });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().entry, "__metadata__/statestone.attributes");
  }
}

TEST_F(SafetensorsExportTest, WritesASetThatReadsBackAsOne) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (const char* name : {"a", "b", "c", "d", "e"}) checkpoint_.AddTensor(scope, Source(name));
  const Value attributes{{"__metadata__", Value{{"format", "pt"}}},
                         {"index_metadata", Value{{"tool", Value{{"version", 1}}}}}};
  checkpoint_.AddValue("", Value::OrderedTensorDict(scope, attributes));
  const ExportReport report = Export({.max_shard_bytes = 4});
  EXPECT_EQ(
      scratch_.Names(),
      (std::vector<std::string>{"out-00001-of-00003.safetensors", "out-00002-of-00003.safetensors",
                                "out-00003-of-00003.safetensors", "out.safetensors.index.json"}));
  EXPECT_EQ(report.files.size(), 4);
  EXPECT_EQ(report.tensor_bytes, 10);
  std::uint64_t bytes = 0;
  for (const auto& file : report.files) bytes += std::filesystem::file_size(file);
  EXPECT_EQ(report.file_bytes, bytes);
  EXPECT_EQ(faults::ReadWhole(scratch_ / "out.safetensors.index.json"),
            R"({
  "metadata": {
    "tool": {"version":1},
    "total_size": 10
  },
  "weight_map": {
    "a": "out-00001-of-00003.safetensors",
    "b": "out-00001-of-00003.safetensors",
    "c": "out-00002-of-00003.safetensors",
    "d": "out-00002-of-00003.safetensors",
    "e": "out-00003-of-00003.safetensors"
  }
}
)");
  const auto imported = ImportCheckpoint(scratch_ / "out.safetensors.index.json");
  EXPECT_EQ(imported.checkpoint.DisplayPaths(),
            (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(std::get<Value>(imported.checkpoint.entries()[0].body).attributes(), attributes);
}

TEST_F(SafetensorsExportTest, LosesWhatAnIndexSaidInASingleFile) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  checkpoint_.AddValue(
      "", Value::OrderedTensorDict(scope, Value{{"index_metadata", Value{{"tool", 1}}}}));
  EXPECT_EQ(Lost(), std::vector<std::string>{": what the index of a set said beside the sizes"});
}

TEST_F(SafetensorsExportTest, RefusesASetOfTooManyFiles) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (int i = 0; i < 401; ++i) {
    checkpoint_.AddTensor(
        scope,
        {.name = std::to_string(i), .dtype = DType::kInt8, .shape = {1}, .data = memory_ + i});
  }
  checkpoint_.AddValue("", Value::TensorDict(scope));
  const Error error = faults::ErrorOf([&] { Export({.max_shard_bytes = 1}); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().found, "401");
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{});
}

TEST_F(SafetensorsExportTest, RefusesAHeaderThatNoReaderTakes) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (int i = 0; i < 1600; ++i) {
    const std::string name = std::string(65'000, 'n') + std::to_string(i);
    checkpoint_.AddTensor(scope, {.name = name, .dtype = DType::kInt8, .shape = {0}});
  }
  checkpoint_.AddValue("", Value::TensorDict(scope));
  const Error error = faults::ErrorOf([&] { Export(); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().expected, "at most 100000000 bytes");
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{});
}

TEST_F(SafetensorsExportTest, LeavesTheOldFilesWhenATensorCannotBeRead) {
  faults::WriteWhole(scratch_ / "out-00001-of-00002.safetensors", "old");
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  checkpoint_.AddTensor(scope, {.name = "b",
                                .dtype = DType::kInt8,
                                .shape = {2},
                                .pieces = [](std::uint64_t, std::span<std::byte>) {
                                  throw Error(ErrorCode::kIo, {.entry = "b", .problem = "gone"});
                                }});
  checkpoint_.AddValue("", Value::TensorDict(scope));
  const Error error = faults::ErrorOf([&] { Export({.max_shard_bytes = 2}); });
  EXPECT_EQ(error.fields().problem, "gone");
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"out-00001-of-00002.safetensors"});
  EXPECT_EQ(faults::ReadWhole(scratch_ / "out-00001-of-00002.safetensors"), "old");
}

TEST_F(SafetensorsExportTest, StopsOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Source("a"));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  const Error error = faults::ErrorOf([&] { Export({.stop = stop.get_token()}); });
  EXPECT_EQ(error.code(), ErrorCode::kCanceled);
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{});
}

}  // namespace
}  // namespace statestone
