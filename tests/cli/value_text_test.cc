#include "cli/inspect/value_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "cli/inspect/scalar_text.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

TEST(ValueTextTest, ShowsPlainValuesShortly) {
  EXPECT_EQ(ValueText(Value(), 40), "null");
  EXPECT_EQ(ValueText(true, 40), "true");
  EXPECT_EQ(ValueText(-12, 40), "-12");
  EXPECT_EQ(ValueText(0.1, 40), "0.1");
  EXPECT_EQ(ValueText(3.0, 40), "3.0");
  EXPECT_EQ(ValueText(1e300, 40), "1e+300");
  EXPECT_EQ(ValueText(-std::numeric_limits<double>::infinity(), 40), "-inf");
  EXPECT_EQ(ValueText(Value::Complex({0, -1}), 40), "0.0 - 1.0i");
  EXPECT_EQ(ValueText(Value::Bytes("\x01\xFE"), 40), "01fe 2 bytes");
  EXPECT_EQ(ValueText(Value::Tuple({1}), 40), "(1,)");
  EXPECT_EQ(ValueText(Value::Map({{"a", 1}, {2, "b"}}), 40), "{\"a\": 1, 2: \"b\"}");
}

TEST(ValueTextTest, EscapesWhatATerminalWouldActOn) {
  EXPECT_EQ(ValueText("\033[2J\n", 40), "\"\\x1b[2J\\x0a\"");
  EXPECT_EQ(ValueText(Value::Map({{"\033c", Value::Device("cpu\a")}}), 40),
            "{\"\\x1bc\": cpu\\x07}");
}

TEST(ValueTextTest, SaysHowMuchItLeavesOut) {
  EXPECT_EQ(ValueText(std::string(1000, 'x'), 10), "\"xxxxxxxxxx\"... 1000 bytes");
  const std::string list = ValueText(Value::List(std::vector<Value>(500, Value(7))), 12);
  EXPECT_EQ(list, "[7, 7, 7, 7, ... 500 items]");
}

TEST(ValueTextTest, CutsTextBetweenCharacters) {
  EXPECT_EQ(ValueText("éééééééééééééé", 5), "\"éé\"... 28 bytes");
}

TEST(ValueTextTest, WritesIntegersOfAnyLength) {
  EXPECT_EQ(IntegerText(std::string(8, '\x00') + '\x01'), "18446744073709551616");
  EXPECT_EQ(IntegerText(std::string(8, '\x00') + '\xFF'), "-18446744073709551616");
  EXPECT_EQ(IntegerText(std::string(99, '\x00') + '\x01').substr(0, 21), "two's complement 0x01");
}

TEST(ValueTextTest, SpellsKeysAsDisplayPathsDo) {
  EXPECT_EQ(KeyComponent("a/b"), "a\\/b");
  EXPECT_EQ(KeyComponent(7), "\\#7");
  EXPECT_EQ(KeyComponent(nullptr), "\\#null");
  EXPECT_EQ(KeyComponent(false), "\\#false");
  EXPECT_EQ(KeyComponent(1.0), "\\#f3ff0000000000000");
  EXPECT_EQ(KeyComponent(Value::Bytes("\x0A")), "\\#b0a");
  EXPECT_EQ(KeyComponent(Value::Tuple({1, "b"})), "\\#t1,s62;");
}

TEST(ValueTextTest, ReadsScalarsOfNumPy) {
  EXPECT_EQ(ScalarText(static_cast<std::uint8_t>(DType::kFloat16), std::string("\x00\x3E", 2)),
            "1.5");
  EXPECT_EQ(ScalarText(static_cast<std::uint8_t>(DType::kBFloat16), std::string("\xC0\x3F", 2)),
            "1.5");
  EXPECT_EQ(ScalarText(static_cast<std::uint8_t>(DType::kInt8), "\xFF"), "-1");
  EXPECT_EQ(ScalarText(static_cast<std::uint8_t>(DType::kFloat8E5M2), "\x3C"), "3c");
}

TEST(ValueTextTest, KnowsWhereTensorsAre) {
  EXPECT_TRUE(HoldsTensors(Value::List({1, Value::Tuple({Value::Tensor({0})})})));
  EXPECT_FALSE(HoldsTensors(Value::List({1, Value::Tuple({2})})));
}

}  // namespace
}  // namespace statestone::cli
