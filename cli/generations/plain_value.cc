#include "cli/generations/plain_value.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "statestone/error.h"
#include "statestone/limits.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

Value FromJson(const Json& json, std::uint64_t depth) {  // NOLINT(misc-no-recursion): bounded below
  if (depth > limits::kValueDepth) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "the value is nested too deep",
                 .expected = "at most " + std::to_string(limits::kValueDepth)});
  }
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<long long>();
    case Json::value_t::number_unsigned:
      return json.get<unsigned long long>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      std::vector<Value> items;
      for (const Json& item : json) items.push_back(FromJson(item, depth + 1));
      return Value::List(std::move(items));
    }
    case Json::value_t::object: {
      std::vector<Value::Pair> pairs;
      for (const auto& [key, item] : json.items()) {
        pairs.emplace_back(key, FromJson(item, depth + 1));
      }
      return Value::Map(std::move(pairs));
    }
    default:
      return nullptr;
  }
}

}  // namespace

Value PlainValue(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return text;
  return FromJson(json, 1);
}

}  // namespace statestone::cli
