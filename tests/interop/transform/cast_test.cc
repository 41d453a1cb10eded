#include "interop/transform/cast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "interop/tensor_math/floats.h"
#include "tests/faults/error_of.h"
#include "tests/interop/transform/described.h"

namespace statestone {
namespace {

using faults::ErrorOf;

// The only tensors of a description, under the empty name.
std::shared_ptr<const Checkpoint> Dict(std::vector<TensorSource> tensors) {
  Checkpoint checkpoint;
  const ScopeRef scope = checkpoint.AddScope();
  for (TensorSource& tensor : tensors) checkpoint.AddTensor(scope, std::move(tensor));
  checkpoint.AddValue("", Value::TensorDict(scope));
  return Shared(std::move(checkpoint));
}

std::vector<float> BFloat16sOf(const Checkpoint& checkpoint, TensorRef tensor) {
  std::vector<float> numbers;
  for (const std::uint16_t bits : ElementsOf<std::uint16_t>(checkpoint, tensor)) {
    numbers.push_back(tensor_math::FromBFloat16(bits));
  }
  return numbers;
}

TEST(CastTest, TurnsTheFourFloatTypesAndNothingElse) {
  const auto source =
      Dict({Floats("single", {1.5F}), Elements<double>("double", DType::kFloat64, {2.5}),
            Elements<std::uint16_t>("half", DType::kFloat16, {0x3C00}),
            Elements<std::uint16_t>("brain", DType::kBFloat16, {0x4040}),
            Elements<std::uint8_t>("eight", DType::kFloat8E4M3FN, {0x38}),
            Elements<std::int32_t>("int", DType::kInt32, {7}),
            Elements<float>("complex", DType::kComplex64, {1, 2})});
  const CastCheckpoint cast = Cast(source, DType::kBFloat16);
  EXPECT_EQ(cast.report->tensors, 3) << "one was bfloat16 before";
  std::vector<DType> dtypes;
  for (std::uint32_t i = 0; i < 7; ++i) dtypes.push_back(cast.checkpoint.tensor({i}).dtype);
  EXPECT_EQ(dtypes, (std::vector<DType>{DType::kBFloat16, DType::kBFloat16, DType::kBFloat16,
                                        DType::kBFloat16, DType::kFloat8E4M3FN, DType::kInt32,
                                        DType::kComplex64}));
  EXPECT_EQ(BFloat16sOf(cast.checkpoint, {0}), std::vector<float>{1.5F});
  EXPECT_EQ(BFloat16sOf(cast.checkpoint, {1}), std::vector<float>{2.5F});
  EXPECT_EQ(BFloat16sOf(cast.checkpoint, {2}), std::vector<float>{1});
  EXPECT_EQ(ElementsOf<std::uint16_t>(cast.checkpoint, {3}), std::vector<std::uint16_t>{0x4040});
  EXPECT_EQ(ElementsOf<std::int32_t>(cast.checkpoint, {5}), std::vector<std::int32_t>{7});
  EXPECT_EQ(cast.checkpoint.DisplayPaths(), source->DisplayPaths());
}

TEST(CastTest, LossIsMeasuredAsElementsAreRead) {
  const float tiny = 1e-20F;
  const auto source = Dict({Floats("w", {1e10F, tiny, 1, NAN, INFINITY, 1.0001F})});
  const CastCheckpoint cast = Cast(source, DType::kFloat16);
  EXPECT_EQ(cast.report->loss.elements, 0);
  ElementsOf<std::uint16_t>(cast.checkpoint, {0});
  const tensor_math::CastLoss& loss = cast.report->loss;
  EXPECT_EQ(loss.elements, 6);
  EXPECT_EQ(loss.changed, 3);
  EXPECT_EQ(loss.overflows, 1);
  EXPECT_EQ(loss.underflows, 1);
  EXPECT_EQ(loss.max_absolute, static_cast<double>(1.0001F) - 1);
  EXPECT_EQ(loss.max_relative, 1);
}

TEST(CastTest, PiecesCutInsideOfElementsGiveTheSameBytesAndTheSameLoss) {
  std::vector<float> numbers;
  for (int i = 0; i < 101; ++i) numbers.push_back(1 + static_cast<float>(i) / 1000);
  for (const DType dtype : {DType::kBFloat16, DType::kFloat64}) {
    const auto source = Dict({Floats("w", numbers)});
    const CastCheckpoint whole = Cast(source, dtype);
    const auto expected = ElementsOf<std::byte>(whole.checkpoint, {0});
    for (const std::size_t size : {1, 2, 3, 5, 7, 11, 64, 10000}) {
      const CastCheckpoint cut = Cast(source, dtype);
      std::vector<std::byte> bytes(expected.size());
      for (std::size_t at = 0; at < bytes.size(); at += size) {
        const std::size_t count = std::min(size, bytes.size() - at);
        cut.checkpoint.Read({0}, at, std::span(bytes).subspan(at, count));
      }
      EXPECT_EQ(bytes, expected) << Name(dtype) << " in pieces of " << size;
      EXPECT_EQ(cut.report->loss.elements, 101) << size;
      EXPECT_EQ(cut.report->loss.changed, whole.report->loss.changed) << size;
    }
  }
}

TEST(CastTest, TensorsThatTrainingOwnsStay) {
  Checkpoint source;
  const TensorRef moment = source.AddAnonymousTensor(Floats("", {1.0001F}));
  const TensorRef other = source.AddAnonymousTensor(Floats("", {1.0001F}));
  source.AddValue("optimizer",
                  Value{{"state", Value::Map({{0, Value{{"exp_avg", Value::Tensor(moment)}}}})},
                        {"param_groups", Value::List({})}});
  source.AddValue("history", Value::List({Value::Tensor(other)}));
  const CastCheckpoint cast = Cast(Shared(std::move(source)), DType::kFloat16);
  EXPECT_EQ(cast.report->tensors, 1);
  EXPECT_EQ(cast.checkpoint.tensor(moment).dtype, DType::kFloat32);
  EXPECT_EQ(cast.checkpoint.tensor(other).dtype, DType::kFloat16);
}

TEST(CastTest, FileThatIsAnOptimizersStateStaysWhole) {
  Checkpoint source;
  const TensorRef moment = source.AddAnonymousTensor(Floats("", {1.0001F}));
  source.AddValue("state", Value::Map({{0, Value{{"exp_avg", Value::Tensor(moment)}}}}));
  source.AddValue("param_groups", Value::List({}));
  const CastCheckpoint cast = Cast(Shared(std::move(source)), DType::kFloat16);
  EXPECT_EQ(cast.report->tensors, 0);
  EXPECT_EQ(cast.checkpoint.tensor(moment).dtype, DType::kFloat32);
}

// Two views of one buffer: elements 0 to 3 in two rows, and 2 to 5.
struct Overlapping {
  TensorSource matrix = Floats("matrix", {0, 1, 2, 3, 4, 5});
  TensorSource tail = matrix;
  Overlapping() {
    matrix.shape = {2, 2};
    matrix.strides = {1, 2};
    tail.name = "tail";
    tail.shape = {4};
    tail.data = static_cast<const float*>(matrix.data) + 2;
  }
};

TEST(CastTest, TiedTensorsStayTiedAtTheirPlacesWithTheirStrides) {
  const Overlapping views;
  const CastCheckpoint cast = Cast(Dict({views.matrix, views.tail}), DType::kFloat64);
  EXPECT_EQ(cast.checkpoint.TieGroups(), (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(cast.checkpoint.tensor({0}).strides, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(ElementsOf<double>(cast.checkpoint, {0}), (std::vector<double>{0, 2, 1, 3}));
  EXPECT_EQ(ElementsOf<double>(cast.checkpoint, {1}), (std::vector<double>{2, 3, 4, 5}));
  EXPECT_EQ(cast.report->loss.elements, 6) << "shared elements count once";
}

TEST(CastTest, TiesKeepInWhicheverOrderTheirTensorsStand) {
  const Overlapping views;
  const CastCheckpoint cast = Cast(Dict({views.tail, views.matrix}), DType::kBFloat16);
  EXPECT_EQ(BFloat16sOf(cast.checkpoint, {0}), (std::vector<float>{2, 3, 4, 5}));
  EXPECT_EQ(BFloat16sOf(cast.checkpoint, {1}), (std::vector<float>{0, 2, 1, 3}));
}

TEST(CastTest, RefusesTiedTensorsThatReadTheirMemoryInTwoWays) {
  Overlapping views;
  views.tail.dtype = DType::kInt32;
  const auto expect_refused = [](std::vector<TensorSource> tensors, const std::string& entry) {
    const Error error = ErrorOf([&] { Cast(Dict(std::move(tensors)), DType::kBFloat16); });
    EXPECT_EQ(error.code(), ErrorCode::kUnrepresentable);
    EXPECT_EQ(error.fields().entry, entry);
    EXPECT_EQ(error.fields().advice, "leave one of them out with --drop");
  };
  expect_refused({views.matrix, views.tail}, "tail");
  expect_refused({views.tail, views.matrix}, "matrix");
  Overlapping apart;
  apart.tail.shape = {3};
  apart.tail.data = static_cast<const std::byte*>(apart.tail.data) + 2;
  expect_refused({apart.matrix, apart.tail}, "tail");
}

TEST(CastTest, TiedTensorsThatNobodyTurnsMayBeOfTwoDtypes) {
  Overlapping views;
  views.matrix.dtype = DType::kInt32;
  views.tail.dtype = DType::kBits16;
  const CastCheckpoint cast = Cast(Dict({views.matrix, views.tail}), DType::kBFloat16);
  EXPECT_EQ(cast.report->tensors, 0);
  EXPECT_EQ(cast.checkpoint.TieGroups(), (std::vector<std::uint32_t>{1, 1}));
}

TEST(CastTest, StridedTensorBecomesRowMajor) {
  TensorSource columns = Floats("w", {1, 2, 3, 4, 5, 6});
  columns.shape = {2, 3};
  columns.strides = {1, 2};
  const CastCheckpoint cast = Cast(Dict({columns}), DType::kFloat64);
  EXPECT_EQ(cast.checkpoint.tensor({0}).strides, (std::vector<std::uint64_t>{3, 1}));
  EXPECT_EQ(ElementsOf<double>(cast.checkpoint, {0}), (std::vector<double>{1, 3, 5, 2, 4, 6}));
}

TEST(CastTest, TensorsWithoutElementsChangeTheirDtypeAlone) {
  const CastCheckpoint cast = Cast(Dict({{.name = "none", .shape = {0, 3}}}), DType::kFloat16);
  EXPECT_EQ(cast.checkpoint.tensor({0}).dtype, DType::kFloat16);
  EXPECT_EQ(cast.checkpoint.tensor({0}).shape, (std::vector<std::uint64_t>{0, 3}));
  EXPECT_EQ(cast.report->tensors, 1);
}

TEST(CastTest, WhatReadingThrowsPassesThrough) {
  const TensorSource broken{
      .name = "w", .shape = {2}, .pieces = [](std::uint64_t, std::span<std::byte>) {
        throw std::runtime_error("the disk is gone");
      }};
  const CastCheckpoint cast = Cast(Dict({broken}), DType::kFloat16);
  EXPECT_THROW(ElementsOf<std::uint16_t>(cast.checkpoint, {0}), std::runtime_error);
}

TEST(CastTest, ModelsValuesAndAttachmentsStayInTheirOrder) {
  const std::vector<std::byte> bytes(3, std::byte{7});
  Checkpoint source;
  source.AddValue("epoch", 12);
  source.AddModel("net", {.scope = AddNames(source, {"w"}), .architecture = "mlp"});
  source.AddAttachment("notes", {.bytes = 3, .data = bytes.data()});
  const CastCheckpoint cast = Cast(Shared(std::move(source)), DType::kFloat16);
  EXPECT_EQ(EntryNames(cast.checkpoint), (std::vector<std::string>{"epoch", "net", "notes"}));
  EXPECT_EQ(ValueAt(cast.checkpoint, 0).AsInt(), 12);
  EXPECT_EQ(std::get<ModelSource>(cast.checkpoint.entries()[1].body).architecture, "mlp");
  EXPECT_EQ(cast.checkpoint.DisplayPaths(), std::vector<std::string>{"net/w"});
}

TEST(CastTest, RefusesOtherDtypes) {
  for (const DType dtype : {DType::kInt32, DType::kFloat8E5M2, DType::kComplex64}) {
    const Error error = ErrorOf([&] { Cast(Dict({}), dtype); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().found, Name(dtype));
    EXPECT_EQ(error.fields().expected, "float16, bfloat16, float32 or float64");
  }
}

}  // namespace
}  // namespace statestone
