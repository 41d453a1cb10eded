// Values as JSON and back, every kind and every bit.
#include "interop/json/typed_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "tests/faults/error_of.h"

namespace statestone {
namespace {

Value Back(const Value& value) { return json::FromJson(json::ToJson(value, {})); }

TEST(TypedJsonTest, GivesBackValuesOfEveryKind) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Value> values = {
      nullptr,
      true,
      -1,
      0,
      std::numeric_limits<long long>::min(),
      std::numeric_limits<unsigned long long>::max(),
      Value::Integer(std::string(15, '\x7F')),
      Value::Integer(std::string(15, '\x80')),
      0.1,
      1.0,
      -0.0,
      5e-324,
      infinity,
      std::bit_cast<double>(0x7FF8000000000123ull),
      Value::Complex({-0.0, infinity}),
      "text \" \\ \n \u20AC \U0001F600",
      Value::Bytes(std::string("\0\xFF", 2)),
      Value::ByteArray(""),
      Value::List({1, Value::List({})}),
      Value::Tuple({1, "a"}),
      Value::Set({1}),
      Value::FrozenSet({2}),
      Value{{"a", 1}, {"", Value::Map({})}},
      Value{{"$kind", 1}},
      Value::Map({{1, "one"}, {Value::Tuple({1, 2}), nullptr}}),
      Value::OrderedMap({{"a", 1}}),
      Value::OrderedMap({}, Value{{"_metadata", Value{{"version", 2}}}}),
      Value::Size({2, 3}),
      Value::DTypeName("bfloat16"),
      Value::Device("cuda:0"),
      Value::TypedScalar(DType::kFloat32, "abcd"),
  };
  for (const Value& value : values) {
    EXPECT_EQ(Back(value), value) << json::ToJson(value, {});
  }
  EXPECT_EQ(Back(Value::List(values)), Value::List(values));
}

TEST(TypedJsonTest, IsPlainJsonWhereJsonHasTheKind) {
  const Value value{{"a", Value::List({1, 2.0, nullptr, true})}, {"b", "c"}};
  EXPECT_EQ(json::ToJson(value, {}), R"({"a":[1,2.0,null,true],"b":"c"})");
}

TEST(TypedJsonTest, NamesTensorsAndTheirDicts) {
  const json::TensorNames names{
      .of_tensor = [](TensorRef ref) { return "t" + std::to_string(ref.index); },
      .of_scope =
          [](ScopeRef) {
            return std::vector<std::pair<std::string, std::string>>{{"w", "m/w"}, {"b", "m/b"}};
          }};
  EXPECT_EQ(json::ToJson(Value::List({Value::Tensor({3}), Value::TensorDict({0})}), names),
            R"([{"$kind":"tensor","name":"t3"},)"
            R"({"$kind":"tensor_dict","names":{"w":"m/w","b":"m/b"}}])");
}

TEST(TypedJsonTest, FindsTensorsInAttributesToo) {
  EXPECT_TRUE(
      json::HoldsTensors(Value::List({Value::OrderedMap({}, Value{{"a", Value::Tensor({0})}})})));
  EXPECT_FALSE(json::HoldsTensors(Value::List({1, Value::OrderedMap({}, Value{{"a", 1}})})));
}

TEST(TypedJsonTest, RefusesTypedValuesThatDoNotFit) {
  for (const char* text :
       {R"({"$kind":1})", R"({"$kind":"other"})", R"({"$kind":"tensor","name":"a"})",
        R"({"$kind":"bytes"})", R"({"$kind":"bytes","hex":"0"})", R"({"$kind":"bytes","hex":"0G"})",
        R"({"$kind":"float64"})", R"({"$kind":"float64","bits":1.5})",
        R"({"$kind":"complex128","bits":[1]})", R"({"$kind":"tuple","items":{}})",
        R"({"$kind":"map","items":[1]})", R"({"$kind":"map","items":[1],"keys":[]})",
        R"({"$kind":"typed_scalar","dtype":"float32","hex":"00"})",
        R"({"$kind":"typed_scalar","dtype":"float33","hex":"00000000"})",
        R"([{"$kind":"dtype","text":1}])"}) {
    const Error error = faults::ErrorOf([&] { json::FromJson(text); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << text;
    EXPECT_NE(error.fields().problem.find("typed"), std::string::npos) << error.what() << text;
  }
}

}  // namespace
}  // namespace statestone
