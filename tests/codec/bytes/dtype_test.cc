#include "statestone/dtype.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/faults/error_of.h"

namespace statestone {
namespace {

using faults::ErrorOf;

template <typename Body>
int ForEachDType(Body body) {
  int count = 0;
  for (int number = 0; number < 256; ++number) {
    if (const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(number))) {
      EXPECT_EQ(static_cast<int>(info->dtype), number);
      body(*info);
      ++count;
    }
  }
  return count;
}

TEST(DTypeTest, KnowsFortyOneTypesUnderDifferentNames) {
  std::set<std::string_view> names;
  EXPECT_EQ(ForEachDType([&](const DTypeInfo& info) { names.insert(info.name); }), 41);
  EXPECT_EQ(names.size(), 41u);
}

TEST(DTypeTest, KeepsTheNumbersThatFilesHold) {
  const std::pair<int, std::string_view> numbers[] = {{1, "bool"},
                                                      {2, "uint8"},
                                                      {3, "int8"},
                                                      {4, "uint16"},
                                                      {5, "int16"},
                                                      {6, "uint32"},
                                                      {7, "int32"},
                                                      {8, "uint64"},
                                                      {9, "int64"},
                                                      {16, "float16"},
                                                      {17, "bfloat16"},
                                                      {18, "float32"},
                                                      {19, "float64"},
                                                      {24, "complex32"},
                                                      {25, "complex64"},
                                                      {26, "complex128"},
                                                      {32, "float8_e4m3fn"},
                                                      {33, "float8_e5m2"},
                                                      {34, "float8_e4m3fnuz"},
                                                      {35, "float8_e5m2fnuz"},
                                                      {36, "float8_e8m0fnu"},
                                                      {37, "float4_e2m1fn_x2"},
                                                      {48, "bits8"},
                                                      {49, "bits16"},
                                                      {50, "bits1x8"},
                                                      {51, "bits2x4"},
                                                      {52, "bits4x2"},
                                                      {64, "int1"},
                                                      {70, "int7"},
                                                      {80, "uint1"},
                                                      {86, "uint7"}};
  for (const auto& [number, name] : numbers) {
    ASSERT_NE(FindDType(static_cast<std::uint8_t>(number)), nullptr) << number;
    EXPECT_EQ(FindDType(static_cast<std::uint8_t>(number))->name, name);
  }
}

TEST(DTypeTest, KnowsNothingOutsideTheList) {
  for (const std::uint8_t number : {0, 10, 15, 20, 23, 27, 38, 53, 63, 71, 79, 87, 128, 255}) {
    EXPECT_EQ(FindDType(number), nullptr) << static_cast<int>(number);
    const Error error = ErrorOf([&] { Info(static_cast<DType>(number)); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().problem, "unknown dtype number " + std::to_string(number));
  }
}

TEST(DTypeTest, HasUnitsThatDivideTheElement) {
  ForEachDType([](const DTypeInfo& info) {
    EXPECT_TRUE(info.unit == 1 || info.unit == 2 || info.unit == 4 || info.unit == 8) << info.name;
    EXPECT_TRUE(info.bytes == info.unit || info.bytes == 2 * info.unit) << info.name;
    EXPECT_EQ(info.bytes == 2 * info.unit, info.name.starts_with("complex")) << info.name;
  });
}

TEST(DTypeTest, RotatesTheTypesWithAnExponentOfEightOrElevenBits) {
  std::set<std::string_view> rotated;
  ForEachDType([&](const DTypeInfo& info) {
    if (info.rotate) rotated.insert(info.name);
  });
  EXPECT_EQ(rotated, (std::set<std::string_view>{"bfloat16", "complex128", "complex64", "float32",
                                                 "float64"}));
}

TEST(DTypeTest, TellsTheSizeOfAnElement) {
  EXPECT_EQ(ElementBytes(DType::kBool), 1u);
  EXPECT_EQ(ElementBytes(DType::kBFloat16), 2u);
  EXPECT_EQ(ElementBytes(DType::kFloat32), 4u);
  EXPECT_EQ(ElementBytes(DType::kComplex128), 16u);
  EXPECT_EQ(ElementBytes(DType::kInt3), 1u);
  EXPECT_EQ(ElementBytes(DType::kFloat4E2M1FNx2), 1u);
  EXPECT_EQ(ElementBytes(DType::kBits16), 2u);
}

TEST(DTypeTest, FindsEveryTypeByItsNameWithAndWithoutTorch) {
  ForEachDType([](const DTypeInfo& info) {
    EXPECT_EQ(Name(info.dtype), info.name);
    EXPECT_EQ(DTypeFromName(info.name), info.dtype);
    EXPECT_EQ(DTypeFromName("torch." + std::string(info.name)), info.dtype);
  });
}

TEST(DTypeTest, FindsNothingUnderOtherNames) {
  for (const char* name : {"", "float", "Float32", "float32 ", "torch.", "torch.torch.float32",
                           "c10.float32", "bfloat"}) {
    EXPECT_EQ(DTypeFromName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace statestone
