// Sparse and quantized tensors by hand: parts that do not belong together.
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "tests/interop/hostile_fixture.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnrepresentable = ErrorCode::kUnrepresentable;

std::string Utils(const std::string& name) { return pk::Global("torch._utils", name); }

std::string Layout(const std::string& name) {
  return pk::Call(pk::Global("torch.serialization", "_get_layout"), pk::Text(name));
}

std::string Size(const std::string& dims) {
  return pk::Call(pk::Global("torch", "Size"), pk::Tuple(dims));
}

// Over sixteen bytes of zeros.
std::string Int64(const std::string& shape, const std::string& strides) {
  return pk::Tensor(pk::Storage("LongStorage", "0", 2), pk::Int(0), shape, strides);
}

std::string Floats(int count) {
  return pk::Tensor(pk::Storage("FloatStorage", "0", 4), pk::Int(0), pk::Int(count), pk::Int(1));
}

std::string Indices(int dims, int count) {
  return Int64(pk::Int(dims) + pk::Int(count), pk::Int(0) + pk::Int(0));
}

std::string Sparse(const std::string& layout, const std::string& parts) {
  return pk::Call(Utils("_rebuild_sparse_tensor"), Layout(layout) + pk::Tuple(parts));
}

class SparseTensorTest : public HandMadePtTest {
 protected:
  // A tensor of int64 with these elements, row by row, in a record of its own.
  std::string Numbers(const std::vector<std::int64_t>& numbers,
                      const std::vector<std::int32_t>& shape) {
    std::string bytes;
    for (const std::int64_t number : numbers) bytes += Bytes(number);
    records_.push_back(bytes);
    std::string dims;
    std::string strides;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      std::int32_t stride = 1;
      for (std::size_t i = k + 1; i < shape.size(); ++i) stride *= shape[i];
      dims += pk::Int(shape[k]);
      strides += pk::Int(stride);
    }
    return pk::Tensor(pk::Storage("LongStorage", std::to_string(records_.size() - 1),
                                  static_cast<std::int32_t>(numbers.size())),
                      pk::Int(0), dims, strides);
  }
  std::string Numbers(const std::vector<std::int64_t>& numbers) {
    return Numbers(numbers, {static_cast<std::int32_t>(numbers.size())});
  }

  std::string FileOf(const std::string& object) const {
    std::vector<ZipPart> parts = CheckpointParts(pk::Done(object));
    std::erase_if(parts, [](const ZipPart& part) { return part.name == "archive/data/0"; });
    for (std::size_t i = 0; i < records_.size(); ++i) {
      parts.push_back({.name = "archive/data/" + std::to_string(i), .data = records_[i]});
    }
    return BuildZip(parts);
  }

  // Hides that of the fixture, whose record holds text.
  Value ValueOf(const std::string& object, const std::string& entry = "") {
    Convert(FileOf(object));
    return Reader::Open(scratch_ / "out.stone").ReadValue(entry);
  }

  void ExpectSparseRefused(const std::string& object, ErrorCode code, const std::string& text,
                           const std::string& entry = "x") {
    ExpectRefused(FileOf(pk::Dict(pk::Text("x") + object)), code, entry, text);
  }

  std::vector<std::string> records_ = {std::string(16, '\0')};
};

constexpr const char* kNotOne = "the shapes or dtypes of its parts are not those of one sparse";

TEST_F(SparseTensorTest, KeepsItsParts) {
  const Value value = ValueOf(
      pk::Dict(pk::Text("x") +
               Sparse("torch.sparse_coo", Indices(1, 2) + Floats(2) + Size(pk::Int(9)) + "\x88") +
               pk::Text("n") + pk::Int(1)),
      "x");
  ASSERT_EQ(value.kind(), ValueKind::kMap);
  EXPECT_EQ(value["statestone"], Value("sparse_coo"));
  EXPECT_EQ(value["indices"].kind(), ValueKind::kTensor);
  EXPECT_EQ(value["values"].kind(), ValueKind::kTensor);
  EXPECT_EQ(value["size"], Value::Size({9}));
  EXPECT_EQ(value["is_coalesced"], Value(true));
}

TEST_F(SparseTensorTest, KeepsOneWhoseWriterDidNotSayWhetherItIsCoalesced) {
  const Value value =
      ValueOf(Sparse("torch.sparse_coo", Indices(1, 2) + Floats(2) + Size(pk::Int(9))));
  EXPECT_EQ(value.items().size(), 4u);
}

TEST_F(SparseTensorTest, RefusesCoordinatesThatDoNotFitTheValues) {
  const std::string dims = Size(pk::Int(9) + pk::Int(4));
  for (const std::string& parts :
       {Indices(1, 2) + Floats(2) + dims, Indices(2, 2) + Floats(3) + dims,
        Indices(3, 2) + Floats(2) + dims, Floats(2) + Floats(2) + dims,
        Int64(pk::Int(2), pk::Int(0)) + Floats(2) + dims,
        pk::Tensor(pk::Storage("FloatStorage", "0", 4), pk::Int(0), pk::Int(2) + pk::Int(2),
                   pk::Int(0) + pk::Int(0)) +
            Floats(2) + dims}) {
    ExpectSparseRefused(Sparse("torch.sparse_coo", parts + "\x88"), kCorrupt, kNotOne);
  }
}

TEST_F(SparseTensorTest, RefusesCompressedIndicesThatDoNotFitTheSize) {
  const std::string two = Int64(pk::Int(2), pk::Int(1));
  const std::string good =
      Sparse("torch.sparse_csr", Numbers({0, 2}) + two + Floats(2) + Size(pk::Int(1) + pk::Int(9)));
  EXPECT_EQ(ValueOf(good)["statestone"], Value("sparse_csr"));
  std::filesystem::remove(scratch_ / "out.stone");
  const std::string ints =
      pk::Tensor(pk::Storage("IntStorage", "0", 4), pk::Int(0), pk::Int(2), pk::Int(1));
  for (const std::string& parts :
       {two + two + Floats(2) + Size(pk::Int(2) + pk::Int(9)),
        two + two + Floats(3) + Size(pk::Int(1) + pk::Int(9)),
        two + two + Floats(2) + Size(pk::Int(1)),
        two + two + Floats(2) + Size(pk::Int(1) + pk::Int(9) + pk::Int(3)),
        two + ints + Floats(2) + Size(pk::Int(1) + pk::Int(9)),
        Floats(2) + Floats(2) + Floats(2) + Size(pk::Int(1) + pk::Int(9)),
        Int64("", "") + Int64("", "") + Floats(2) + Size(pk::Int(1) + pk::Int(9)),
        Int64(pk::Int(0), pk::Int(1)) + two + Floats(2) + Size(pk::Int(1) + pk::Int(9))}) {
    ExpectSparseRefused(Sparse("torch.sparse_csr", parts), kCorrupt, kNotOne);
  }
  ExpectSparseRefused(
      Sparse("torch.sparse_csc", two + two + Floats(2) + Size(pk::Int(1) + pk::Int(9))), kCorrupt,
      kNotOne);
}

TEST_F(SparseTensorTest, RefusesBlocksThatDoNotDivideTheSize) {
  const std::string two = Int64(pk::Int(2), pk::Int(1));
  const auto blocks = [](int rows, int columns) {
    return pk::Tensor(pk::Storage("FloatStorage", "0", 4), pk::Int(0),
                      pk::Int(2) + pk::Int(rows) + pk::Int(columns),
                      pk::Int(0) + pk::Int(0) + pk::Int(0));
  };
  const std::string dims = Size(pk::Int(2) + pk::Int(4));
  EXPECT_EQ(ValueOf(Sparse("torch.sparse_bsr", Numbers({0, 2}) + two + blocks(2, 2) + dims)).kind(),
            ValueKind::kMap);
  std::filesystem::remove(scratch_ / "out.stone");
  for (const auto& [rows, columns] : {std::pair(2, 3), std::pair(0, 2), std::pair(1, 2)}) {
    ExpectSparseRefused(Sparse("torch.sparse_bsr", two + two + blocks(rows, columns) + dims),
                        kCorrupt, kNotOne);
  }
}

constexpr const char* kOutside = "an index of a sparse tensor lies outside of it (found ";
constexpr const char* kNotRising = "do not rise from 0 to its number of values (found ";

TEST_F(SparseTensorTest, RefusesCoordinatesOutsideOfItsSize) {
  const auto coo = [&](const std::vector<std::int64_t>& numbers) {
    records_.resize(1);
    return Sparse("torch.sparse_coo",
                  Numbers(numbers, {2, 2}) + Floats(2) + Size(pk::Int(3) + pk::Int(5)) + "\x89");
  };
  EXPECT_EQ(ValueOf(coo({2, 0, 4, 4}))["statestone"], Value("sparse_coo"));
  std::filesystem::remove(scratch_ / "out.stone");
  const auto refused = [&](const std::vector<std::int64_t>& numbers, const std::string& found) {
    ExpectSparseRefused(coo(numbers), kCorrupt, kOutside + found, "x/indices");
  };
  refused({3, 0, 4, 4}, "3, index 0)");
  refused({2, 0, 0, 5}, "5, index 3)");
  refused({2, -1, 0, 0}, "-1, index 1)");
  refused({2, 0, std::numeric_limits<std::int64_t>::min(), 0}, "-9223372036854775808, index 2)");
  refused({std::numeric_limits<std::int64_t>::max(), 0, 0, 0}, "9223372036854775807, index 0)");
}

TEST_F(SparseTensorTest, RefusesCoordinatesInATensorWithoutAny) {
  ExpectSparseRefused(
      Sparse("torch.sparse_coo", Numbers({0, 0}, {1, 2}) + Floats(2) + Size(pk::Int(0)) + "\x89"),
      kCorrupt, std::string(kOutside) + "0, index 0)", "x/indices");
}

TEST_F(SparseTensorTest, RefusesIndicesOutsideOfItThatOtherTensorsShare) {
  const std::string numbers = Numbers({7, 0}, {1, 2});
  const std::string sparse =
      Sparse("torch.sparse_coo", numbers + Floats(2) + Size(pk::Int(7)) + "\x89");
  ExpectRefused(FileOf(pk::Dict(pk::Text("x") + sparse + pk::Text("same") + numbers)), kCorrupt,
                "x/indices", std::string(kOutside) + "7, index 0)");
  // Kept in the memo, so that it is one object of the pickle, and fits one of the two alone.
  const auto twice = [&](int first, int second) {
    const auto part = [](const std::string& indices, int size) {
      return Sparse("torch.sparse_coo", indices + Floats(2) + Size(pk::Int(size)) + "\x89");
    };
    return FileOf(pk::Dict(pk::Text("x") + part(numbers + std::string("q\x01"), first) +
                           pk::Text("y") + part(std::string("h\x01"), second)));
  };
  ExpectRefused(twice(8, 7), kCorrupt, "y/indices", std::string(kOutside) + "7, index 0)");
  ExpectRefused(twice(7, 8), kCorrupt, "x/indices", std::string(kOutside) + "7, index 0)");
  Convert(twice(8, 8));
}

TEST_F(SparseTensorTest, RefusesCompressedIndicesThatDoNotRise) {
  const auto csr = [&](const std::vector<std::int64_t>& rows, const std::string& columns) {
    return Sparse("torch.sparse_csr",
                  Numbers(rows) + columns + Floats(2) + Size(pk::Int(2) + pk::Int(2)));
  };
  EXPECT_EQ(ValueOf(csr({0, 1, 2}, Numbers({1, 0})))["statestone"], Value("sparse_csr"));
  std::filesystem::remove(scratch_ / "out.stone");
  const std::string columns = Numbers({1, 0});
  const auto refused = [&](const std::vector<std::int64_t>& rows, const std::string& found) {
    ExpectSparseRefused(csr(rows, columns), kCorrupt, kNotRising + found, "x/crow_indices");
  };
  refused({1, 1, 2}, "1, index 0)");
  refused({0, 1, 1}, "1, index 2)");
  refused({0, 3, 2}, "3, index 1)");
  refused({0, 2, 1}, "1, index 2)");
  refused({0, -1, 2}, "-1, index 1)");
  ExpectSparseRefused(csr({0, 1, 2}, Numbers({0, 2})), kCorrupt,
                      std::string(kOutside) + "2, index 1)", "x/col_indices");
}

TEST_F(SparseTensorTest, ChecksTheIndicesOfEachMatrixOfABatch) {
  const auto csr = [&](const std::vector<std::int64_t>& rows) {
    const std::string values = pk::Tensor(pk::Storage("FloatStorage", "0", 4), pk::Int(0),
                                          pk::Int(2) + pk::Int(1), pk::Int(1) + pk::Int(1));
    return Sparse("torch.sparse_csr", Numbers(rows, {2, 3}) + Numbers({0, 1}, {2, 1}) + values +
                                          Size(pk::Int(2) + pk::Int(2) + pk::Int(2)));
  };
  ExpectSparseRefused(csr({0, 0, 1, 0, 1, 2}), kCorrupt, std::string(kNotRising) + "2, index 5)",
                      "x/crow_indices");
  EXPECT_EQ(ValueOf(csr({0, 0, 1, 0, 1, 1}))["statestone"], Value("sparse_csr"));
}

TEST_F(SparseTensorTest, RefusesANegativeNumberOfValues) {
  const std::string negative = pk::Tensor(pk::Storage("LongStorage", "0", 2), pk::Int(0),
                                          pk::Int(1) + pk::Int(-2), pk::Int(1) + pk::Int(1));
  ExpectSparseRefused(Sparse("torch.sparse_coo", negative + Floats(2) + Size(pk::Int(9)) + "\x89"),
                      kCorrupt, "a dimension is negative");
  ExpectSparseRefused(
      Sparse("torch.sparse_coo", Indices(1, 2) + Floats(2) + Size(pk::Int(-9)) + "\x89"), kCorrupt,
      "a dimension is negative");
}

TEST_F(SparseTensorTest, RefusesPartsThatAreNone) {
  const std::string size = Size(pk::Int(9));
  ExpectSparseRefused(Sparse("torch.sparse_coo", "N" + Floats(2) + size + "\x88"), kCorrupt,
                      "indices is no tensor");
  ExpectSparseRefused(Sparse("torch.sparse_coo", Indices(1, 2) + Floats(2) + "N\x88"), kCorrupt,
                      "a tuple of integers");
  ExpectSparseRefused(Sparse("torch.sparse_coo", Indices(1, 2) + Floats(2) + size + pk::Int(1)),
                      kCorrupt, "a bool");
  ExpectSparseRefused(
      pk::Call(Utils("_rebuild_sparse_tensor"), pk::Text("torch.sparse_coo") + pk::Tuple("NNN")),
      kCorrupt, "its layout is no layout");
  ExpectSparseRefused(Sparse("torch.jagged", Indices(1, 2) + Floats(2) + size), kUnrepresentable,
                      "a tensor of the layout jagged");
  ExpectSparseRefused(Sparse("torch.sparse_coo", ""), kCorrupt, "wrong number of arguments");
}

class QuantizedTensorTest : public SparseTensorTest {
 protected:
  static std::string Quantized(const std::string& quantizer,
                               const std::string& storage = "QInt8Storage",
                               const std::string& requires_grad = "\x89") {
    const int elements = storage == "QInt32Storage" ? 4 : 16;
    return pk::Call(Utils("_rebuild_qtensor"),
                    pk::Storage(storage, "0", elements) + pk::Int(0) +
                        pk::Tuple(pk::Int(2) + pk::Int(2)) + pk::Tuple(pk::Int(2) + pk::Int(1)) +
                        pk::Tuple(quantizer) + requires_grad + pk::OrderedDict());
  }

  static std::string Scheme(const std::string& name) { return pk::Global("torch", name); }
  static std::string Half() { return std::string("G\x3F\xE0\0\0\0\0\0\0", 9); }
};

TEST_F(QuantizedTensorTest, KeepsItsParts) {
  const Value value = ValueOf(Quantized(Scheme("per_tensor_affine") + Half() + pk::Int(3)));
  EXPECT_EQ(value["statestone"], Value("quantized"));
  EXPECT_EQ(value["dtype"], Value::DTypeName("qint8"));
  EXPECT_EQ(value["qscheme"], Value("per_tensor_affine"));
  EXPECT_EQ(value["scale"], Value(0.5));
  EXPECT_EQ(value["zero_point"], Value(3));
  EXPECT_EQ(value["int_repr"].kind(), ValueKind::kTensor);
}

TEST_F(QuantizedTensorTest, RefusesQuantizersThatAreNone) {
  ExpectSparseRefused(Quantized(Scheme("per_tensor_affine") + pk::Int(1) + pk::Int(3)), kCorrupt,
                      "scale or zero point is no number");
  ExpectSparseRefused(Quantized(Scheme("per_tensor_affine") + Half()), kCorrupt,
                      "wrong number of arguments");
  ExpectSparseRefused(Quantized(Scheme("float32") + Half() + pk::Int(3)), kCorrupt,
                      "its scheme is no scheme");
  ExpectSparseRefused(Quantized(Scheme("per_tensor_symmetric") + Half() + pk::Int(3)),
                      kUnrepresentable, "of the scheme per_tensor_symmetric");
  ExpectSparseRefused(
      Quantized(Scheme("per_channel_affine") + pk::List(Half()) + pk::List("K\x01") + pk::Int(0)),
      kCorrupt, "scales or zero points are no tensor");
}

TEST_F(QuantizedTensorTest, RefusesChannelsThatItHasNot) {
  const std::string zeros = Int64(pk::Int(2), pk::Int(1));
  const auto per_channel = [&](const std::string& scales, int axis) {
    return Quantized(Scheme("per_channel_affine") + scales + zeros + pk::Int(axis));
  };
  EXPECT_EQ(ValueOf(per_channel(Floats(2), 1))["axis"], Value(1));
  std::filesystem::remove(scratch_ / "out.stone");
  ExpectSparseRefused(per_channel(Floats(3), 1), kCorrupt, "for each of its channels");
  ExpectSparseRefused(per_channel(Floats(2), 2), kCorrupt, "for each of its channels");
  ExpectSparseRefused(per_channel(Floats(2), -1), kCorrupt, "the axis is negative");
}

TEST_F(QuantizedTensorTest, RefusesElementsThatAreNotQuantized) {
  const std::string quantizer = Scheme("per_tensor_affine") + Half() + pk::Int(3);
  ExpectSparseRefused(Quantized(quantizer, "CharStorage"), kCorrupt, "is not quantized");
  ExpectSparseRefused(Quantized(quantizer, "QInt8Storage", "\x88"), kCorrupt,
                      "cannot require gradients");
  ExpectSparseRefused(Quantized(quantizer, "QUInt4x2Storage"), kUnrepresentable,
                      "several elements in a byte");
  ExpectSparseRefused(
      pk::Tensor(pk::Storage("QInt8Storage", "0", 16), pk::Int(0), pk::Int(4), pk::Int(1)),
      kUnrepresentable, "a quantized tensor");
  ExpectSparseRefused(
      pk::Call(Utils("_rebuild_parameter"), Quantized(quantizer) + "\x89" + pk::OrderedDict()),
      kUnrepresentable, "a quantized tensor");
}

}  // namespace
}  // namespace statestone
