#include "interop/numpy/npy_header.h"

#include <gtest/gtest.h>

#include <vector>

namespace statestone::numpy {
namespace {

std::string Described(std::vector<std::uint64_t> shape) {
  const std::string header = NpyHeader("<f4", shape);
  return header.substr(10, header.find('}') + 1 - 10);
}

TEST(NpyHeaderTest, WritesTuplesAsPythonDoes) {
  EXPECT_EQ(Described({}), "{'descr': '<f4', 'fortran_order': False, 'shape': (), }");
  EXPECT_EQ(Described({7}), "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }");
  EXPECT_EQ(Described({2, 0}), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }");
}

TEST(NpyHeaderTest, LetsDataStartAtAMultipleOf64WhateverTheShape) {
  std::vector<std::uint64_t> shape;
  for (int rank = 0; rank <= 64; ++rank) {
    const std::string header = NpyHeader("<c16", shape);
    EXPECT_EQ(header.size() % 64, 0u) << rank;
    EXPECT_EQ(header.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    const auto low = static_cast<unsigned char>(header[8]);
    const auto high = static_cast<unsigned char>(header[9]);
    EXPECT_EQ(low + 256u * high, header.size() - 10) << rank;
    EXPECT_EQ(header.back(), '\n');
    shape.push_back(std::uint64_t{1} << 63);
  }
}

TEST(NpyHeaderTest, MarksWhatNumPyCannotNameAsBits) {
  EXPECT_EQ(NpyTypeOf(DType::kBFloat16).descriptor, "<u2");
  EXPECT_TRUE(NpyTypeOf(DType::kBFloat16).as_bytes);
  EXPECT_EQ(NpyTypeOf(DType::kFloat8E4M3FN).descriptor, "|u1");
  EXPECT_TRUE(NpyTypeOf(DType::kComplex32).extra_pair);
  EXPECT_FALSE(NpyTypeOf(DType::kComplex64).as_bytes);
}

}  // namespace
}  // namespace statestone::numpy
