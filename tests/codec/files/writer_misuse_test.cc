// Everything that a Writer refuses, and that it leaves nothing behind when it does.
#include <gtest/gtest.h>

#include <stdexcept>
#include <stop_token>

#include "statestone/limits.h"
#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

class WriterMisuseTest : public ::testing::Test {
 protected:
  // The error, which must be of that code and name the file.
  ErrorFields FieldsOf(ErrorCode code, const std::function<void()>& body) {
    const Error error = ErrorOf(body);
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(error.fields().path, path_.string()) << error.what();
    EXPECT_FALSE(std::filesystem::exists(path_));
    return error.fields();
  }

  TensorSource Weights(std::string name = "w") const {
    return Source(std::move(name), DType::kFloat32, {4, 4}, weights_);
  }

  faults::ScratchDirectory folder_;
  const std::filesystem::path path_ = folder_ / "a.stone";
  const std::vector<float> weights_ = WeightsFloat32(64, 1);
  Writer writer_{path_};
  const ScopeRef scope_ = writer_.AddScope();
};

TEST_F(WriterMisuseTest, RefusesStridesThatDoNotFitTheShape) {
  TensorSource tensor = Weights();
  tensor.strides = {4};
  const auto fields =
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddTensor(scope_, tensor); });
  EXPECT_EQ(fields.entry, "w");
  EXPECT_EQ(fields.problem, "the tensor needs a stride for each dimension");
  EXPECT_EQ(fields.expected, "2");
  EXPECT_EQ(fields.found, "1");
}

TEST_F(WriterMisuseTest, RefusesStridesThatReachTooFar) {
  for (const std::uint64_t stride :
       {std::uint64_t{1} << 55, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    TensorSource tensor = Weights();
    tensor.strides = {stride, 1};
    const auto fields = FieldsOf(ErrorCode::kLimit, [&] { writer_.AddTensor(scope_, tensor); });
    EXPECT_EQ(fields.problem, "the tensor's strides reach too far");
    EXPECT_EQ(fields.entry, "w");
  }
}

TEST_F(WriterMisuseTest, RefusesElementsWithoutBytes) {
  TensorSource tensor = Weights();
  tensor.data = nullptr;
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddTensor(scope_, tensor); }).problem,
      "the tensor has elements and neither data nor pieces");
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddAttachment("a", 5, PieceReader()); })
          .problem,
      "the attachment has bytes and neither data nor pieces");
}

TEST_F(WriterMisuseTest, RefusesPiecesBesideStridesOrData) {
  TensorSource tensor = Weights();
  tensor.pieces = [](std::uint64_t, std::span<std::byte>) {};
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddTensor(scope_, tensor); }).problem,
      "a tensor in pieces has neither data nor strides");
  tensor.data = nullptr;
  tensor.strides = {1, 4};
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddTensor(scope_, tensor); }).entry,
            "w");
}

TEST_F(WriterMisuseTest, RefusesScopesThatItDidNotGiveOrGaveOnce) {
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddTensor({7}, Weights()); }).problem,
      "the scope was not added");
  writer_.AddValue("first", Value::TensorDict(scope_));
  const auto twice = FieldsOf(ErrorCode::kInvalidArgument,
                              [&] { writer_.AddValue("second", Value::TensorDict(scope_)); });
  EXPECT_EQ(twice.problem, "the scope is in use by another entry or value");
  EXPECT_EQ(twice.entry, "second");
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddModel("m", {{scope_.index}}); }).entry,
      "m");
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddModel("m", {{9}}); }).problem,
            "the entry refers to a scope that was not added");
}

TEST_F(WriterMisuseTest, KeepsAScopeFreeWhenTheEntryWasRefused) {
  const Value dict = Value::TensorDict(scope_);
  writer_.AddValue("taken", 1);
  FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("taken", dict); });
  FieldsOf(ErrorCode::kUnrepresentable, [&] {
    writer_.AddValue("v", Value::List({dict, "\xFF"}));
  });
  ModelSource model{scope_};
  model.config = "\xFF";
  FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddModel("m", model); });
  writer_.AddValue("dict", dict);
  writer_.Finish();
  EXPECT_EQ(Reader::Open(path_).entry_count(), 2u);
}

TEST_F(WriterMisuseTest, RefusesAScopeThatNothingUses) {
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.Finish(); }).problem,
            "no entry or value uses scope 0");
}

TEST_F(WriterMisuseTest, RefusesANameTwiceInAScope) {
  writer_.AddTensor(scope_, Weights("a/b"));
  writer_.AddTensor(scope_, Weights("a/b"));
  writer_.AddValue("", Value::TensorDict(scope_));
  const auto fields = FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.Finish(); });
  EXPECT_EQ(fields.entry, "a/b");
  EXPECT_EQ(fields.problem, "two tensors of one scope have this name");
  EXPECT_TRUE(folder_.Names().empty());
}

TEST_F(WriterMisuseTest, RefusesEntriesOfOneNameAndAnEmptyNameBesideOthers) {
  writer_.AddValue("epoch", 1);
  const auto twice =
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddAttachment("epoch", {}); });
  EXPECT_EQ(twice.entry, "epoch");
  EXPECT_EQ(twice.problem, "two entries have this name");
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("", 1); }).problem,
            "an entry with the empty name must be the only one");
  Writer root(path_);
  root.AddValue("", 1);
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { root.AddValue("x", 1); }).entry, "x");
}

TEST_F(WriterMisuseTest, RefusesTextThatIsNotUtf8) {
  const std::string bad = "\xC3\x28";
  EXPECT_EQ(
      FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddTensor(scope_, Weights(bad)); }).entry,
      bad);
  EXPECT_EQ(FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddValue(bad, 1); }).entry, bad);
  const Value nested = Value{{"list", Value::List({1, Value(bad)})}};
  EXPECT_EQ(FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddValue("v", nested); }).entry,
            "v/list/1");
  EXPECT_EQ(
      FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddAttachment("a", {}, nullptr, bad); })
          .entry,
      "a");
  ModelSource model{scope_};
  model.training_exceptions = {bad};
  EXPECT_EQ(FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddModel("m", model); }).entry,
            "m");
}

TEST_F(WriterMisuseTest, RefusesWhatIsBeyondTheLimits) {
  const std::string long_name(limits::kNameBytes + 1, 'n');
  EXPECT_EQ(
      FieldsOf(ErrorCode::kLimit, [&] { writer_.AddTensor(scope_, Weights(long_name)); }).found,
      "65537");
  EXPECT_EQ(FieldsOf(ErrorCode::kLimit, [&] { writer_.AddValue(long_name, 1); }).problem,
            "an entry's name is too long");
  TensorSource deep = Weights();
  deep.shape.assign(65, 1);
  const auto rank = FieldsOf(ErrorCode::kLimit, [&] { writer_.AddTensor(scope_, deep); });
  EXPECT_EQ(rank.problem, "the tensor has too many dimensions");
  EXPECT_EQ(rank.expected, "at most 64");
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{std::uint64_t{1} << 32, std::uint64_t{1} << 32, 0},
        {(std::uint64_t{1} << 54) + 1},
        {~std::uint64_t{0}, ~std::uint64_t{0}}}) {
    TensorSource wide = Weights();
    wide.shape = shape;
    EXPECT_EQ(FieldsOf(ErrorCode::kLimit, [&] { writer_.AddTensor(scope_, wide); }).problem,
              "the tensor's shape is too large");
  }
  Value nested;
  for (int depth = 0; depth < 64; ++depth) nested = Value::List({nested});
  const auto nesting = FieldsOf(ErrorCode::kLimit, [&] { writer_.AddValue("v", nested); });
  EXPECT_EQ(nesting.problem, "the value is nested too deep");
  EXPECT_EQ(nesting.found, "65");
  EXPECT_EQ(FieldsOf(ErrorCode::kLimit,
                     [&] {
                       writer_.AddAttachment("a", (std::uint64_t{1} << 56) + 1,
                                             [](std::uint64_t, std::span<std::byte>) {});
                     })
                .problem,
            "the attachment is too large");
}

TEST_F(WriterMisuseTest, WritesAndReadsWhatIsJustInsideTheLimits) {
  const std::string long_name(limits::kNameBytes, 'n');
  TensorSource deep = Weights(long_name);
  deep.shape.assign(64, 1);
  writer_.AddTensor(scope_, deep);
  Value nested = 1;
  for (int depth = 0; depth < 62; ++depth) nested = Value::List({nested});
  writer_.AddValue(std::string(limits::kNameBytes, 'e'),
                   Value::Map({{"deep", nested}, {"dict", Value::TensorDict(scope_)}}));
  writer_.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.tensor({0}).name, long_name);
  EXPECT_EQ(reader.ReadValue(reader.entry(0).name)["deep"], nested);
}

TEST(PathLimitTest, IsTheSameForAWriterAndForADescription) {
  const faults::ScratchDirectory scratch;
  for (const std::uint64_t tensors : {8192, 8193}) {
    Checkpoint checkpoint;
    const ScopeRef scope = checkpoint.AddScope();
    for (std::uint64_t i = 0; i < tensors; ++i) {
      checkpoint.AddTensor(scope, {.name = std::to_string(i), .shape = {0}});
    }
    checkpoint.AddValue(std::string(limits::kNameBytes, 'e'), Value::TensorDict(scope));
    const auto save = [&] { SaveCheckpoint(checkpoint, scratch / "a.stone"); };
    if (tensors == 8192) {
      save();
      continue;
    }
    const auto expect_refused = [](const std::function<void()>& body) {
      const Error error = ErrorOf(body);
      const ErrorFields& fields = error.fields();
      EXPECT_EQ(error.code(), ErrorCode::kLimit);
      EXPECT_EQ(fields.problem, "the paths of the tensors are too long together");
      EXPECT_EQ(fields.expected, "at most 536870912");
      EXPECT_EQ(fields.found, std::to_string(8193 * 65536));
    };
    expect_refused(save);
    expect_refused([&] { checkpoint.DisplayPaths(); });
  }
}

TEST_F(WriterMisuseTest, RefusesMoreChunksThanTheFormatHasBeforeItWritesAny) {
  WriteOptions options;
  options.chunk_units_log2 = 6;
  Writer writer(path_, options);
  writer.AddAttachment("large", (limits::kChunks + 1) * 64,
                       [](std::uint64_t, std::span<std::byte>) { FAIL() << "it began to write"; });
  const auto fields = FieldsOf(ErrorCode::kLimit, [&] { writer.Finish(); });
  EXPECT_EQ(fields.problem, "too many chunks");
  EXPECT_EQ(fields.advice, "raise WriteOptions.chunk_units_log2");
}

TEST_F(WriterMisuseTest, RefusesChunkSizesOutsideTheRange) {
  for (const std::uint8_t log2 : {0, 5, 22, 255}) {
    WriteOptions options;
    options.chunk_units_log2 = log2;
    const Error error = ErrorOf([&] { Writer(path_, options); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().expected, "6 to 21");
    EXPECT_EQ(error.fields().found, std::to_string(log2));
  }
}

TEST_F(WriterMisuseTest, RefusesMapsThatAreNone) {
  const Value twice = Value::Map({{"a", 1}, {"a", 2}});
  EXPECT_EQ(FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddValue("v", twice); }).problem,
            "a map has one key twice");
  const Value by_list = Value::Map({{Value::Tuple({Value::List({})}), 1}});
  EXPECT_EQ(FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.AddValue("v", by_list); }).problem,
            "a map has a key of a kind that cannot be one: tuple");
  Value::Fields fewer;
  fewer.kind = ValueKind::kMap;
  fewer.keys.emplace_back("a");
  fewer.items.resize(2);
  const Value map = Value::FromFields(std::move(fewer));
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("v", map); }).problem,
            "a map needs a key for each item");
  const Value attributes = Value::OrderedMap({}, 3);
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("v", attributes); }).found,
            "int64");
}

TEST_F(WriterMisuseTest, RefusesValuesThatReferToWhatIsNotThere) {
  EXPECT_EQ(FieldsOf(ErrorCode::kInvalidArgument,
                     [&] { writer_.AddValue("v", Value::List({Value::Tensor({3})})); })
                .entry,
            "v/0");
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("v", Value::TensorDict({3})); })
          .problem,
      "the entry refers to a scope that was not added");
  EXPECT_EQ(
      FieldsOf(ErrorCode::kInvalidArgument, [&] { writer_.AddValue("v", Value::Size({0.5})); })
          .problem,
      "a size has a member that is no int64");
}

TEST_F(WriterMisuseTest, RefusesValuesOfTheFuture) {
  Value::Fields fields;
  fields.kind = static_cast<ValueKind>(99);
  const Value unknown = Value::FromFields(std::move(fields));
  EXPECT_EQ(FieldsOf(ErrorCode::kUnsupported, [&] { writer_.AddValue("v", unknown); }).problem,
            "the value is of a kind of the future");
  Value::Fields foreign;
  foreign.kind = ValueKind::kTypedScalar;
  foreign.number = 200;
  const Value scalar = Value::FromFields(std::move(foreign));
  EXPECT_EQ(FieldsOf(ErrorCode::kUnsupported, [&] { writer_.AddValue("v", scalar); }).problem,
            "the typed scalar has a dtype of the future");
}

TEST_F(WriterMisuseTest, RefusesEveryCallAfterFinish) {
  writer_.AddTensor(scope_, Weights());
  writer_.AddValue("", Value::TensorDict(scope_));
  writer_.Finish();
  const std::string written = faults::ReadWhole(path_);
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { writer_.AddScope(); }, [&] { writer_.AddTensor(scope_, Weights()); },
           [&] { writer_.AddAnonymousTensor(Weights()); },
           [&] { writer_.AddValue("v", Value::Tensor({0})); },
           [&] { writer_.AddModel("m", {scope_}); }, [&] { writer_.AddAttachment("a", {}); },
           [&] { writer_.Finish(); }}) {
    const Error error = ErrorOf(call);
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().problem, "the Writer was used after Finish");
    EXPECT_EQ(error.fields().path, path_.string());
  }
  EXPECT_EQ(faults::ReadWhole(path_), written);
}

TEST_F(WriterMisuseTest, RefusesTiedTensorsBetweenEachOthersElements) {
  TensorSource shifted = Source("shifted", DType::kFloat64, {2}, weights_);
  shifted.data = weights_.data() + 1;
  writer_.AddTensor(scope_, Weights());
  writer_.AddTensor(scope_, shifted);
  writer_.AddValue("", Value::TensorDict(scope_));
  const auto fields = FieldsOf(ErrorCode::kUnrepresentable, [&] { writer_.Finish(); });
  EXPECT_EQ(fields.entry, "shifted");
  EXPECT_EQ(fields.found, "4 bytes behind it");
}

TEST_F(WriterMisuseTest, SortsTheSubmodulesOfTheOtherMode) {
  ModelSource model{scope_};
  model.training_exceptions = {"b", "a", "b"};
  writer_.AddModel("m", model);
  writer_.Finish();
  EXPECT_EQ(Reader::Open(path_).ReadModel("m").training_exceptions,
            (std::vector<std::string>{"a", "b"}));
}

class InterruptedSaveTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { faults::WriteWhole(path_, "the old file"); }
  void TearDown() override { EXPECT_EQ(folder_.Names(), std::vector<std::string>{"a.stone"}); }
  void ExpectOldFile() { EXPECT_EQ(faults::ReadWhole(path_), "the old file"); }

  WriteOptions Options() const {
    WriteOptions options;
    options.threads = GetParam();
    options.chunk_units_log2 = 12;
    return options;
  }

  void Describe(Writer& writer, const PieceReader& pieces) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("before", DType::kFloat32, {50'000}, weights_));
    TensorSource tensor;
    tensor.name = "pieces";
    tensor.shape = {20'000};
    tensor.pieces = pieces;
    writer.AddTensor(scope, tensor);
    writer.AddTensor(scope, Source("after", DType::kFloat32, {50'000}, other_));
    writer.AddValue("", Value::TensorDict(scope));
  }

  faults::ScratchDirectory folder_;
  const std::filesystem::path path_ = folder_ / "a.stone";
  const std::vector<float> weights_ = WeightsFloat32(50'000, 1);
  const std::vector<float> other_ = WeightsFloat32(50'000, 2);
};

INSTANTIATE_TEST_SUITE_P(Threads, InterruptedSaveTest, ::testing::Values(1, 2, 8));

class OfTheCaller : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ErrorOfTheCaller : public Error {
 public:
  ErrorOfTheCaller() : Error(ErrorCode::kMismatch, {.problem = "mine"}) {}
};

TEST_P(InterruptedSaveTest, LetsThroughWhatAPieceReaderThrowsAndKeepsTheOldFile) {
  for (const std::uint64_t fails_at : {0u, 16'384u, 65'536u}) {
    Writer writer(path_, Options());
    Describe(writer, [&](std::uint64_t offset, std::span<std::byte>) {
      if (offset >= fails_at) throw OfTheCaller("mine");
    });
    EXPECT_THROW(writer.Finish(), OfTheCaller);
    ExpectOldFile();
  }
  Writer writer(path_, Options());
  Describe(writer, [](std::uint64_t, std::span<std::byte>) { throw ErrorOfTheCaller(); });
  EXPECT_THROW(writer.Finish(), ErrorOfTheCaller);
  ExpectOldFile();
}

TEST_P(InterruptedSaveTest, StopsInTheMiddleAndKeepsTheOldFile) {
  for (const int stop_at : {0, 1, 7, 29}) {
    std::stop_source source;
    int calls = 0;
    WriteOptions options = Options();
    options.stop = source.get_token();
    options.progress = [&](std::uint64_t, std::uint64_t) {
      if (++calls == stop_at) source.request_stop();
    };
    Writer writer(path_, options);
    Describe(writer,
             [](std::uint64_t, std::span<std::byte> out) { std::ranges::fill(out, std::byte{1}); });
    if (stop_at == 0) source.request_stop();
    const Error error = ErrorOf([&] { writer.Finish(); });
    EXPECT_EQ(error.code(), ErrorCode::kCanceled);
    EXPECT_EQ(error.fields().path, path_.string());
    ExpectOldFile();
  }
}

TEST_P(InterruptedSaveTest, StopsBeforeItReplacesTheOldFileWhenNothingIsLeftToWrite) {
  std::stop_source source;
  WriteOptions options = Options();
  options.stop = source.get_token();
  Writer writer(path_, options);
  writer.AddValue("epoch", 1);
  source.request_stop();
  EXPECT_EQ(ErrorOf([&] { writer.Finish(); }).code(), ErrorCode::kCanceled);
  ExpectOldFile();
}

TEST_P(InterruptedSaveTest, ReportsProgressThatOnlyGrowsUpToTheTotal) {
  std::uint64_t last = 0;
  std::uint64_t all = 0;
  WriteOptions options = Options();
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_LE(done, total);
    EXPECT_TRUE(all == 0 || all == total);
    last = done;
    all = total;
  };
  Writer writer(path_, options);
  Describe(writer,
           [](std::uint64_t, std::span<std::byte> out) { std::ranges::fill(out, std::byte{1}); });
  writer.Finish();
  EXPECT_EQ(last, 480'000u);
  EXPECT_EQ(all, last);
  EXPECT_NO_THROW(Reader::Open(path_).Verify());
}

}  // namespace
}  // namespace statestone::testing
