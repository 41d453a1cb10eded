// What a .pt file cannot hold, and what becomes of models, ties and strides.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>

#include "statestone/export.h"
#include "statestone/import.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

class PtExportTest : public testing::Test {
 protected:
  PtExportTest() {
    for (std::size_t i = 0; i < memory_.size(); ++i) memory_[i] = static_cast<std::byte>(i);
  }

  ExportReport Export(const ExportOptions& options = {}) const {
    return ExportCheckpoint(checkpoint_, scratch_ / "out.pt", FileKind::kPtZip, options);
  }

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

  ImportedCheckpoint Back() const { return ImportCheckpoint(scratch_ / "out.pt"); }

  static const Value& EntryOf(const ImportedCheckpoint& imported, std::size_t i = 0) {
    return std::get<Value>(imported.checkpoint.entries()[i].body);
  }

  static std::vector<int> BytesOf(const Checkpoint& checkpoint, TensorRef tensor) {
    std::vector<std::byte> bytes(checkpoint.tensor_bytes(tensor));
    checkpoint.Read(tensor, 0, bytes);
    std::vector<int> numbers;
    for (const std::byte b : bytes) numbers.push_back(std::to_integer<int>(b));
    return numbers;
  }

  TensorSource Bytes(std::string name, std::vector<std::uint64_t> shape,
                     std::vector<std::uint64_t> strides, std::size_t at,
                     DType dtype = DType::kUInt8) const {
    return {.name = std::move(name),
            .dtype = dtype,
            .shape = std::move(shape),
            .strides = std::move(strides),
            .data = memory_.data() + at};
  }

  const faults::ScratchDirectory scratch_;
  Checkpoint checkpoint_;
  alignas(16) std::array<std::byte, 256> memory_;
};

TEST_F(PtExportTest, GivesBackValuesOfEveryKind) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<Value> values = {nullptr,
                               true,
                               false,
                               Value::Integer(std::string(15, '\x7F')),
                               Value::Integer(std::string(15, '\x80')),
                               Value::Integer(std::string(300, '\x55')),
                               std::numeric_limits<unsigned long long>::max(),
                               -0.0,
                               infinity,
                               Value::Complex({1.5, -infinity}),
                               "text \u20AC\n",
                               "",
                               Value::Bytes(std::string("\0\x7F\x80\xFF", 4)),
                               Value::Bytes(""),
                               Value::ByteArray("\xC3\xA9"),
                               Value::List({}),
                               Value::Tuple({}),
                               Value::Tuple({1}),
                               Value::Tuple({1, 2, 3, 4}),
                               Value::Set({1, "a"}),
                               Value::Set({}),
                               Value::FrozenSet({2}),
                               Value::Map({}),
                               Value::Map({{Value::Tuple({1, "x"}), 1}, {2.5, 2}, {nullptr, 3}}),
                               Value::OrderedMap({}),
                               Value::OrderedMap({{"a", 1}}, Value{{"_metadata", Value{{"v", 2}}}}),
                               Value::Size({2, 0, 3}),
                               Value::DTypeName("bfloat16"),
                               Value::Device("cpu"),
                               Value::Device("cuda:12"),
                               Value::TypedScalar(DType::kFloat32, "abcd"),
                               Value::TypedScalar(DType::kBool, "\1")};
  for (const std::int64_t edge :
       {0LL, 0xFFLL, 0x100LL, 0xFFFFLL, 0x10000LL, 0x7FFFFFFFLL, 0x80000000LL, 0x7FFFFFFFFFLL,
        0x8000000000LL, 0x7FFFFFFFFFFFFFFFLL}) {
    for (const std::int64_t number : {edge, -edge, -edge - 1}) {
      values.emplace_back(static_cast<long long>(number));
    }
  }
  const Value all = Value::List(std::move(values));
  checkpoint_.AddValue("", all);
  EXPECT_TRUE(Export().lost.empty());
  const auto back = Back();
  for (std::size_t i = 0; i < all.items().size(); ++i) {
    EXPECT_EQ(EntryOf(back).items()[i], all.items()[i]) << i;
  }
}

TEST_F(PtExportTest, MakesADictOfSeveralEntriesAndNoneOfNothing) {
  Export();
  EXPECT_EQ(EntryOf(Back()), Value::Map({}));
  checkpoint_.AddValue("a/b", 1);
  checkpoint_.AddValue("c", Value::List({2}));
  Export();
  const auto back = Back();
  ASSERT_EQ(back.checkpoint.entries().size(), 2);
  EXPECT_EQ(back.checkpoint.entries()[0].name, "a/b");
  EXPECT_EQ(EntryOf(back, 1), Value::List({2}));
}

TEST_F(PtExportTest, KeepsTiesOffsetsAndStrides) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Bytes("column", {3}, {4}, 1));
  checkpoint_.AddTensor(scope, Bytes("part", {2, 2}, {1, 2}, 4));
  checkpoint_.AddTensor(scope, Bytes("dense", {2, 3}, {1, 2}, 32));
  checkpoint_.AddTensor(scope, Bytes("repeated", {4, 2}, {0, 1}, 48));
  checkpoint_.AddTensor(scope, Bytes("scattered", {3}, {4}, 64));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  const ExportReport report = Export();
  EXPECT_EQ(report.tensors, 5);
  EXPECT_EQ(report.tensor_bytes, 3 + 4 + 6 + 8 + 3);
  const auto back = Back();
  EXPECT_EQ(back.checkpoint.TieGroups(), (std::vector<std::uint32_t>{1, 1, 0, 0, 0}));
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(BytesOf(back.checkpoint, {i}), BytesOf(checkpoint_, {i})) << i;
    const auto& strides = back.checkpoint.tensor({i}).strides;
    EXPECT_EQ(strides, i == 4 ? std::vector<std::uint64_t>{1} : checkpoint_.tensor({i}).strides);
  }
}

TEST_F(PtExportTest, KeepsTiesOfSeveralDTypesInOneStorage) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Bytes("floats", {2}, {}, 0, DType::kFloat32));
  checkpoint_.AddTensor(scope, Bytes("half", {1}, {}, 6, DType::kFloat16));
  checkpoint_.AddTensor(scope, Bytes("new", {2}, {}, 16, DType::kUInt16));
  checkpoint_.AddTensor(scope, Bytes("new too", {1}, {}, 18, DType::kUInt16));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  Export();
  const auto back = Back();
  EXPECT_EQ(back.checkpoint.TieGroups(), (std::vector<std::uint32_t>{1, 1, 2, 2}));
  EXPECT_EQ(back.checkpoint.tensor({1}).dtype, DType::kFloat16);
  EXPECT_EQ(BytesOf(back.checkpoint, {1}), (std::vector<int>{6, 7}));
  EXPECT_EQ(BytesOf(back.checkpoint, {3}), (std::vector<int>{18, 19}));
}

TEST_F(PtExportTest, WritesZeroWhereNoTiedTensorHasBytes) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Bytes("a", {3}, {4}, 1));
  checkpoint_.AddTensor(scope, Bytes("b", {1}, {}, 5));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  Export();
  const auto back = Back();
  const auto* data = static_cast<const std::byte*>(back.checkpoint.tensor({0}).data);
  const std::array<std::byte, 9> expected{std::byte{1}, {}, {}, {},          std::byte{5},
                                          {},           {}, {}, std::byte{9}};
  EXPECT_EQ(std::memcmp(data, expected.data(), expected.size()), 0);
}

TEST_F(PtExportTest, LosesTiesOfTensorsThatAreNoWholeElementsApart) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Bytes("a", {4}, {}, 1));
  checkpoint_.AddTensor(scope, Bytes("b", {1}, {}, 2, DType::kInt16));
  checkpoint_.AddValue("", Value::TensorDict(scope));
  EXPECT_EQ(Lost(), std::vector<std::string>{
                        "a: its tie to others that are no whole number of elements away"});
  const auto back = Back();
  EXPECT_EQ(back.checkpoint.TieGroups(), (std::vector<std::uint32_t>{0, 0}));
  EXPECT_EQ(BytesOf(back.checkpoint, {1}), (std::vector<int>{2, 3}));
}

TEST_F(PtExportTest, WritesAModelAsItsStateDict) {
  const ScopeRef scope = checkpoint_.AddScope();
  TensorSource weight = Bytes("weight", {1}, {}, 0, DType::kFloat32);
  weight.kind = TensorKind::kParameter;
  weight.requires_grad = true;
  checkpoint_.AddTensor(scope, weight);
  const Value versions = Value::OrderedMap({{"", Value{{"version", 1}}}});
  checkpoint_.AddModel("net", {.scope = scope, .metadata = versions});
  EXPECT_TRUE(Export().lost.empty());
  const auto back = Back();
  EXPECT_EQ(EntryOf(back).kind(), ValueKind::kOrderedTensorDict);
  EXPECT_EQ(EntryOf(back).attributes(), (Value{{"_metadata", versions}}));
  EXPECT_EQ(back.checkpoint.tensor({0}).kind, TensorKind::kTensor);
  EXPECT_FALSE(back.checkpoint.tensor({0}).requires_grad);
}

TEST_F(PtExportTest, LosesWhatAModelHasBesideItsStateDictAndAttachments) {
  const ScopeRef scope = checkpoint_.AddScope();
  checkpoint_.AddTensor(scope, Bytes("weight", {1}, {}, 0));
  checkpoint_.AddModel("net", {.scope = scope, .training = TrainingMode::kTrain});
  checkpoint_.AddAttachment("words", {.bytes = 3, .data = memory_.data()});
  EXPECT_EQ(Lost(),
            (std::vector<std::string>{
                "net: what a model has beside its state_dict: architecture, config, training modes",
                "words: an attachment of 3 bytes: left out"}));
  EXPECT_EQ(Back().checkpoint.entries().size(), 1);
}

TEST_F(PtExportTest, LosesWhatTorchDoesNotKnowByName) {
  checkpoint_.AddValue("dtype", Value::DTypeName("float32\nos"));
  checkpoint_.AddValue("device", Value::List({Value::Device("my device:0")}));
  checkpoint_.AddValue("scalar", Value::TypedScalar(DType::kBFloat16, "ab"));
  TensorSource integer = Bytes("", {1}, {}, 0);
  integer.requires_grad = true;
  checkpoint_.AddValue("tensor", Value::Tensor(checkpoint_.AddAnonymousTensor(integer)));
  checkpoint_.AddAnonymousTensor(Bytes("", {1}, {}, 8));
  EXPECT_EQ(Lost(),
            (std::vector<std::string>{
                "dtype: the dtype float32\nos, which torch does not have: written as a text",
                "device/0: the device my device:0, which is none: written as a text",
                "scalar: a scalar of bfloat16, which NumPy does not have: written as bytes",
                "tensor: requires_grad of a tensor of uint8, which torch does not have",
                "\\#tensor/1: a tensor that nothing refers to: left out"}));
  EXPECT_EQ(EntryOf(Back()), Value("float32\nos"));
}

TEST_F(PtExportTest, KeepsOneTensorInTwoPlacesOne) {
  const ScopeRef scope = checkpoint_.AddScope();
  const TensorRef named = checkpoint_.AddTensor(scope, Bytes("a", {1}, {}, 0));
  checkpoint_.AddValue("dict", Value::TensorDict(scope));
  checkpoint_.AddValue("list", Value::List({Value::Tensor(named), Value::Tensor(named)}));
  Export();
  EXPECT_EQ(Back().checkpoint.tensor_count(), 1);
}

TEST_F(PtExportTest, KeepsMoreThan256ObjectsApart) {
  const ScopeRef scope = checkpoint_.AddScope();
  std::vector<Value> again;
  for (int i = 0; i < 200; ++i) {
    again.push_back(Value::Tensor(checkpoint_.AddTensor(
        scope, Bytes(std::to_string(i), {1}, {}, static_cast<std::size_t>(i)))));
  }
  checkpoint_.AddValue("dict", Value::TensorDict(scope));
  checkpoint_.AddValue("list", Value::List(std::move(again)));
  Export();
  const auto back = Back();
  ASSERT_EQ(back.checkpoint.tensor_count(), 200);
  for (std::uint32_t i = 0; i < 200; ++i) {
    EXPECT_EQ(EntryOf(back, 1).items()[i].AsTensor().index, i);
    EXPECT_EQ(BytesOf(back.checkpoint, {i}), std::vector<int>{static_cast<int>(i)});
  }
}

TEST_F(PtExportTest, LeavesTheOldFileWhenATensorCannotBeReadOrIsStopped) {
  faults::WriteWhole(scratch_ / "out.pt", "old");
  TensorSource failing{
      .dtype = DType::kInt8, .shape = {2}, .pieces = [](std::uint64_t, std::span<std::byte>) {
        throw Error(ErrorCode::kIo, {.problem = "gone"});
      }};
  checkpoint_.AddValue("", Value::Tensor(checkpoint_.AddAnonymousTensor(failing)));
  const Error error = faults::ErrorOf([&] { Export(); });
  EXPECT_EQ(error.fields().problem, "gone");
  EXPECT_EQ(error.fields().path, (scratch_ / "out.pt").string());
  Checkpoint other;
  other.AddValue("", Value::Tensor(other.AddAnonymousTensor(Bytes("", {1}, {}, 0))));
  std::stop_source stop;
  stop.request_stop();
  const Error stopped = faults::ErrorOf([&] {
    ExportCheckpoint(other, scratch_ / "out.pt", FileKind::kPtZip, {.stop = stop.get_token()});
  });
  EXPECT_EQ(stopped.code(), ErrorCode::kCanceled);
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"out.pt"});
  EXPECT_EQ(faults::ReadWhole(scratch_ / "out.pt"), "old");
}

}  // namespace
}  // namespace statestone
