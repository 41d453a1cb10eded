// What a Writer is given, a Reader gives back.
#include <gtest/gtest.h>

#include <algorithm>

#include "statestone/reader.h"
#include "statestone/writer.h"
#include "tests/codec/files/example_data.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

std::vector<DType> AllDTypes() {
  std::vector<DType> types;
  for (int number = 0; number < 256; ++number) {
    if (const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(number))) {
      types.push_back(info->dtype);
    }
  }
  return types;
}

class RoundTripTest : public ::testing::TestWithParam<Compression> {
 protected:
  WriteOptions Options() const {
    WriteOptions options;
    options.compression = GetParam();
    return options;
  }
  faults::ScratchDirectory folder_;
};

INSTANTIATE_TEST_SUITE_P(Compression, RoundTripTest,
                         ::testing::Values(Compression::kAuto, Compression::kNone),
                         [](const auto& compression) {
                           return compression.param == Compression::kAuto ? "Coded" : "Raw";
                         });

TEST_P(RoundTripTest, GivesBackEveryDTypeAtSmallAndLargeSizes) {
  std::vector<std::vector<std::byte>> data;
  Writer writer(folder_ / "a.stone", Options());
  const ScopeRef scope = writer.AddScope();
  for (const DType dtype : AllDTypes()) {
    for (const std::uint64_t count : {0u, 1u, 7u, 1000u, 300'001u}) {
      data.push_back(RandomBytes(count * ElementBytes(dtype), data.size() + 1));
      TensorSource source = Source("", dtype, {count}, data.back());
      source.name = std::string(Name(dtype)) + "." + std::to_string(count);
      writer.AddTensor(scope, source);
    }
  }
  writer.AddValue("", Value::TensorDict(scope));
  const WriteSummary summary = writer.Finish();
  const Reader reader = Reader::Open(folder_ / "a.stone");
  EXPECT_EQ(summary.file_bytes, reader.file_bytes());
  ASSERT_EQ(reader.tensor_count(), data.size());
  const std::vector<TensorRef> tensors = reader.Tensors({0});
  for (std::size_t i = 0; i < data.size(); ++i) {
    const TensorInfo info = reader.tensor(tensors[i]);
    EXPECT_EQ(reader.Read(tensors[i]), data[i]) << info.name;
    EXPECT_EQ(info.bytes, data[i].size());
  }
  EXPECT_EQ(reader.Verify().undecoded_chunks, 0u);
}

TEST_P(RoundTripTest, KeepsTiedTensorsTiedAndOthersApart) {
  const std::vector<float> weights = WeightsFloat32(20'000, 1);
  Writer writer(folder_ / "a.stone", Options());
  const ScopeRef scope = writer.AddScope();
  writer.AddTensor(scope, Source("embedding", DType::kFloat32, {100, 100}, weights));
  TensorSource tied = Source("head", DType::kFloat32, {100, 100}, weights);
  tied.strides = {1, 100};
  writer.AddTensor(scope, tied);
  TensorSource part = Source("part", DType::kFloat32, {50}, weights);
  part.data = weights.data() + 9'975;
  writer.AddTensor(scope, part);
  TensorSource apart = Source("apart", DType::kFloat32, {5'000}, weights);
  apart.data = weights.data() + 15'000;
  writer.AddTensor(scope, apart);
  writer.AddValue("", Value::TensorDict(scope));
  writer.Finish();

  const Reader reader = Reader::Open(folder_ / "a.stone");
  const TensorRef embedding = *reader.FindTensor("embedding");
  const TensorRef head = *reader.FindTensor("head");
  const TensorRef piece = *reader.FindTensor("part");
  const TensorRef alone = *reader.FindTensor("apart");
  EXPECT_EQ(reader.tensor(embedding).storage, reader.tensor(head).storage);
  EXPECT_EQ(reader.tensor(embedding).storage, reader.tensor(piece).storage);
  EXPECT_EQ(reader.tensor(piece).offset, 9'975u * 4);
  const auto& groups = reader.TieGroups();
  EXPECT_EQ(groups[embedding.index], groups[head.index]);
  EXPECT_EQ(groups[embedding.index], groups[piece.index]);
  EXPECT_NE(groups[embedding.index], 0u);
  EXPECT_EQ(groups[alone.index], 0u);
  std::vector<float> transposed(10'000);
  for (std::size_t i = 0; i < 100; ++i) {
    for (std::size_t j = 0; j < 100; ++j) transposed[i * 100 + j] = weights[j * 100 + i];
  }
  EXPECT_EQ(reader.Read(head), BytesOf(transposed));
  EXPECT_EQ(reader.Read(alone), BytesOf(std::vector(weights.begin() + 15'000, weights.end())));
}

TEST_P(RoundTripTest, WritesZeroWhereNoTiedTensorReaches) {
  const std::vector<float> weights(40'000, 1.5f);
  Writer writer(folder_ / "a.stone", Options());
  const ScopeRef scope = writer.AddScope();
  // Two columns of a 200 x 200 matrix that share the first element's row range.
  TensorSource first = Source("first", DType::kFloat32, {200, 2}, weights);
  first.strides = {200, 1};
  writer.AddTensor(scope, first);
  TensorSource second = first;
  second.name = "second";
  second.data = weights.data() + 1;
  writer.AddTensor(scope, second);
  writer.AddValue("", Value::TensorDict(scope));
  writer.Finish();
  const Reader reader = Reader::Open(folder_ / "a.stone");
  const TensorInfo info = reader.tensor(*reader.FindTensor("first"));
  std::vector<float> storage(reader.storage(info.storage).bytes / 4);
  reader.ReadStorage(info.storage, std::as_writable_bytes(std::span(storage)));
  for (std::size_t i = 0; i < storage.size(); ++i) {
    EXPECT_EQ(storage[i], i % 200 < 3 ? 1.5f : 0.0f) << i;
  }
}

TEST_P(RoundTripTest, KeepsTheStridesOfDenseTensorsAndDropsThoseOfOthers) {
  const std::vector<float> weights = WeightsFloat32(64 * 3 * 32 * 32, 2);
  Writer writer(folder_ / "a.stone", Options());
  const ScopeRef scope = writer.AddScope();
  TensorSource channels_last = Source("channels_last", DType::kFloat32, {64, 3, 32, 32}, weights);
  channels_last.strides = {3 * 32 * 32, 1, 32 * 3, 3};
  writer.AddTensor(scope, channels_last);
  const std::vector<float> matrix = WeightsFloat32(300 * 300, 3);
  TensorSource column = Source("column", DType::kFloat32, {300}, matrix);
  column.strides = {300};
  writer.AddTensor(scope, column);
  const std::vector<float> seven = {7.0f};
  TensorSource expanded = Source("expanded", DType::kFloat32, {1000, 1000}, seven);
  expanded.strides = {0, 0};
  writer.AddTensor(scope, expanded);
  writer.AddValue("", Value::TensorDict(scope));
  writer.Finish();

  const Reader reader = Reader::Open(folder_ / "a.stone");
  const TensorInfo kept = reader.tensor(*reader.FindTensor("channels_last"));
  EXPECT_TRUE(std::ranges::equal(kept.strides, channels_last.strides));
  std::vector<float> values(weights.size());
  reader.Read(*reader.FindTensor("channels_last"), std::as_writable_bytes(std::span(values)));
  EXPECT_EQ(values[1], weights[3]);        // next column: three channels further
  EXPECT_EQ(values[32 * 32], weights[1]);  // next channel
  const TensorInfo gathered = reader.tensor(*reader.FindTensor("column"));
  EXPECT_TRUE(gathered.strides.empty());
  EXPECT_LE(reader.storage(gathered.storage).bytes, 2048u);
  const TensorInfo repeated = reader.tensor(*reader.FindTensor("expanded"));
  EXPECT_EQ(repeated.extent_bytes, 4u);
  const std::vector<std::byte> all = reader.Read(*reader.FindTensor("expanded"));
  EXPECT_EQ(all, BytesOf(std::vector<float>(1'000'000, 7.0f)));
}

TEST_P(RoundTripTest, ReadsSlicesOfTheFirstDimension) {
  const std::vector<float> weights = WeightsFloat32(1000 * 700, 4);
  WriteOptions options = Options();
  options.chunk_units_log2 = 12;
  Writer writer(folder_ / "a.stone", options);
  const ScopeRef scope = writer.AddScope();
  writer.AddTensor(scope, Source("rows", DType::kFloat32, {1000, 700}, weights));
  TensorSource turned = Source("turned", DType::kFloat32, {1000, 700}, weights);
  const std::vector<float> copy = weights;
  turned.data = copy.data();
  turned.strides = {1, 1000};
  writer.AddTensor(scope, turned);
  writer.AddValue("", Value::TensorDict(scope));
  writer.Finish();
  const Reader reader = Reader::Open(folder_ / "a.stone");
  for (const char* name : {"rows", "turned"}) {
    const TensorRef tensor = *reader.FindTensor(name);
    const std::vector<std::byte> whole = reader.Read(tensor);
    for (const auto& [first, count] : {std::pair{0, 1}, {999, 1}, {17, 400}, {0, 1000}, {5, 0}}) {
      std::vector<std::byte> slice(static_cast<std::size_t>(count) * 700 * 4);
      reader.ReadSlice(tensor, first, count, slice);
      const auto at = whole.begin() + first * 700 * 4;
      EXPECT_TRUE(std::equal(slice.begin(), slice.end(), at)) << name << first << "+" << count;
    }
  }
}

TEST_P(RoundTripTest, TakesATensorInPiecesAndGivesTheSameFile) {
  const std::vector<std::uint16_t> weights = WeightsBFloat16(1'000'003, 5);
  const std::vector<std::byte> bytes = BytesOf(weights);
  for (const bool in_pieces : {false, true}) {
    Writer writer(folder_ / (in_pieces ? "pieces.stone" : "whole.stone"), Options());
    const ScopeRef scope = writer.AddScope();
    TensorSource source = Source("w", DType::kBFloat16, {1'000'003}, weights);
    std::uint64_t expected_offset = 0;
    if (in_pieces) {
      source.data = nullptr;
      source.pieces = [&](std::uint64_t offset, std::span<std::byte> out) {
        EXPECT_EQ(offset, expected_offset);
        expected_offset += out.size();
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
      };
    }
    writer.AddTensor(scope, source);
    writer.AddValue("", Value::TensorDict(scope));
    writer.Finish();
  }
  EXPECT_EQ(faults::ReadWhole(folder_ / "pieces.stone"),
            faults::ReadWhole(folder_ / "whole.stone"));
}

TEST_P(RoundTripTest, GivesTheSameBytesWithAnyNumberOfThreads) {
  std::vector<std::vector<float>> data;
  for (std::size_t i = 0; i < 40; ++i) data.push_back(WeightsFloat32(1 + i * 9973, i));
  std::string first;
  for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
    WriteOptions options = Options();
    options.threads = threads;
    options.chunk_units_log2 = 14;
    Writer writer(folder_ / "a.stone", options);
    const ScopeRef scope = writer.AddScope();
    for (std::size_t i = 0; i < data.size(); ++i) {
      writer.AddTensor(scope,
                       Source("t" + std::to_string(i), DType::kFloat32, {data[i].size()}, data[i]));
    }
    writer.AddValue("", Value::OrderedTensorDict(scope));
    writer.Finish();
    if (first.empty()) first = faults::ReadWhole(folder_ / "a.stone");
    EXPECT_EQ(faults::ReadWhole(folder_ / "a.stone"), first) << threads << " threads";
  }
}

TEST_P(RoundTripTest, KeepsModelsValuesAndAttachmentsInOrder) {
  const std::vector<float> weights = WeightsFloat32(64, 6);
  const std::string tokenizer(100'000, 'x');
  Writer writer(folder_ / "a.stone", Options());
  ModelSource model;
  model.scope = writer.AddScope();
  TensorSource weight = Source("fc.weight", DType::kFloat32, {8, 8}, weights);
  weight.kind = TensorKind::kParameter;
  weight.requires_grad = true;
  writer.AddTensor(model.scope, weight);
  model.architecture = "mlp";
  model.architecture_version = "2";
  model.config = Value{{"width", 8}};
  model.training = TrainingMode::kEval;
  model.training_exceptions = {"fc"};
  model.metadata = Value::OrderedMap({{"", Value{{"version", 1}}}});
  writer.AddModel("model", model);
  const TensorRef loose = writer.AddAnonymousTensor(Source("", DType::kFloat32, {4}, weights));
  Value nested = Value::Map({{"list", Value::List({1, 2.5, "x", nullptr, true})},
                             {Value(3), Value::Tuple({Value::Tensor(loose)})},
                             {"big", Value::Integer(std::string("\0\0\0\0\0\0\0\0\0\x01", 10))},
                             {"nan", std::bit_cast<double>(0x7FF8000000000123u)},
                             {"bytes", Value::Bytes(std::string("\0\xFF", 2))}});
  writer.AddValue("state", nested);
  writer.AddAttachment("tokenizer", std::as_bytes(std::span(tokenizer)), nullptr, "text/plain");
  writer.AddValue("epoch", 12);
  writer.Finish();

  const Reader reader = Reader::Open(folder_ / "a.stone");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < reader.entry_count(); ++i) names.emplace_back(reader.entry(i).name);
  EXPECT_EQ(names, (std::vector<std::string>{"model", "state", "tokenizer", "epoch"}));
  const ModelInfo info = reader.ReadModel("model");
  EXPECT_EQ(info.architecture, "mlp");
  EXPECT_EQ(info.architecture_version, "2");
  EXPECT_EQ(info.config["width"].AsInt(), 8);
  EXPECT_EQ(info.training, TrainingMode::kEval);
  EXPECT_EQ(info.training_exceptions, std::vector<std::string>{"fc"});
  EXPECT_EQ(info.metadata[""]["version"].AsInt(), 1);
  const TensorInfo tensor = reader.tensor(*reader.Find(info.scope, "fc.weight"));
  EXPECT_EQ(tensor.kind, TensorKind::kParameter);
  EXPECT_TRUE(tensor.requires_grad);
  const Value state = reader.ReadValue("state");
  EXPECT_EQ(state["list"], nested["list"]);
  EXPECT_EQ(state["big"], nested["big"]);
  EXPECT_EQ(state["big"].kind(), ValueKind::kBigInt);
  EXPECT_EQ(state["nan"], nested["nan"]);
  EXPECT_EQ(state["bytes"].AsBytes(), std::string("\0\xFF", 2));
  const TensorRef found = state.items()[1].items()[0].AsTensor();
  EXPECT_EQ(reader.DisplayPaths()[found.index], "state/\\#3/0");
  EXPECT_EQ(reader.FindTensor("state/\\#3/0"), found);
  EXPECT_EQ(reader.FindTensor("model/fc.weight"), reader.Find(info.scope, "fc.weight"));
  const AttachmentInfo attachment = reader.attachment("tokenizer");
  EXPECT_EQ(attachment.media_type, "text/plain");
  std::string text(attachment.bytes, ' ');
  reader.ReadStorage(attachment.storage, std::as_writable_bytes(std::span(text)));
  EXPECT_EQ(text, tokenizer);
  EXPECT_EQ(reader.ReadValue("epoch").AsInt(), 12);
}

}  // namespace
}  // namespace statestone::testing
