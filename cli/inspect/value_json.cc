#include "cli/inspect/value_json.h"

#include <bit>
#include <cmath>
#include <span>
#include <string_view>

#include "cli/inspect/scalar_text.h"
#include "cli/inspect/value_text.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 4096;

// JSON has no numbers for infinities and NaN.
Json FloatJson(std::uint64_t bits) {
  const auto number = std::bit_cast<double>(bits);
  return std::isfinite(number) ? Json(number) : Json(FloatText(number));
}

void AddBytes(Json& json, std::string_view bytes) {
  json["bytes"] = bytes.size();
  json["hex"] = HexText(bytes.substr(0, kMostBytes));
  if (bytes.size() > kMostBytes) json["truncated"] = true;
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
Json ListJson(std::span<const Value> values, const Reader& reader) {
  Json list = Json::array();
  for (const Value& value : values) list.push_back(ValueJson(value, reader));
  return list;
}

}  // namespace

Json ValueJson(const Value& value, const Reader& reader) {  // NOLINT(misc-no-recursion)
  Json json = {{"kind", Name(value.kind())}};
  switch (value.kind()) {
    case ValueKind::kNull:
      json["value"] = nullptr;
      break;
    case ValueKind::kBool:
      json["value"] = value.number() != 0;
      break;
    case ValueKind::kInt64:
      json["value"] = static_cast<std::int64_t>(value.number());
      break;
    case ValueKind::kUInt64:
      json["value"] = value.number();
      break;
    case ValueKind::kBigInt:
      json["value"] = IntegerText(value.raw_bytes());
      break;
    case ValueKind::kFloat64:
      json["value"] = FloatJson(value.number());
      break;
    case ValueKind::kComplex128:
      json["value"] = {FloatJson(value.number()), FloatJson(value.imaginary())};
      break;
    case ValueKind::kString:
    case ValueKind::kDType:
    case ValueKind::kDevice:
      json["value"] = value.raw_bytes();
      break;
    case ValueKind::kTypedScalar:
      json["dtype"] = value.AsDTypeName();
      json["value"] = ScalarText(static_cast<std::uint8_t>(value.number()), value.raw_bytes());
      AddBytes(json, value.raw_bytes());
      break;
    case ValueKind::kBytes:
    case ValueKind::kByteArray:
      AddBytes(json, value.raw_bytes());
      break;
    case ValueKind::kTensor:
      json["tensor"] = reader.DisplayPaths()[value.raw_tensor()];
      break;
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      json["scope"] = value.raw_scope();
      break;
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      json["keys"] = ListJson(value.keys(), reader);
      json["items"] = ListJson(value.items(), reader);
      break;
    default:
      json["items"] = ListJson(value.items(), reader);
      break;
  }
  if (!value.attributes().is_null()) json["attributes"] = ValueJson(value.attributes(), reader);
  return json;
}

}  // namespace statestone::cli
