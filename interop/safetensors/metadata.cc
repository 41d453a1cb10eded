#include "interop/safetensors/metadata.h"

#include <algorithm>
#include <string>
#include <utility>

#include "codec/check/require.h"
#include "interop/json/typed_json.h"
#include "statestone/display.h"

namespace statestone::safetensors {
namespace {

bool AreTexts(const Value& value) {
  return value.kind() == ValueKind::kMap &&
         std::ranges::all_of(value.keys(),
                             [](const Value& key) {
                               return key.kind() == ValueKind::kString &&
                                      key.AsString() != kAttributesKey;
                             }) &&
         std::ranges::all_of(value.items(),
                             [](const Value& item) { return item.kind() == ValueKind::kString; });
}

std::vector<Value::Pair> ReadAttributes(std::string_view text) {
  Value attributes;
  try {
    attributes = json::FromJson(text);
  } catch (const Error& error) {
    ErrorFields fields = error.fields();
    fields.offset.reset();  // in the text, where nobody can look
    fields.entry = std::string(kMetadataKey) + "/" + std::string(kAttributesKey);
    throw Error(error.code(), std::move(fields));
  }
  const bool fits =
      attributes.kind() == ValueKind::kMap && attributes.Find(kMetadataKey) == nullptr;
  Require(CheckSite::kSafetensorsAttributes, fits, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.entry = std::string(kMetadataKey) + "/" + std::string(kAttributesKey),
                  .problem = "the attributes are no map of their own",
                  .found = Name(attributes.kind())});
  });
  std::vector<Value::Pair> pairs;
  for (std::size_t i = 0; i < attributes.keys().size(); ++i) {
    pairs.emplace_back(attributes.keys()[i], attributes.items()[i]);
  }
  return pairs;
}

}  // namespace

Value AttributesOf(const std::optional<Metadata>& metadata) {
  if (!metadata) return nullptr;
  std::vector<Value::Pair> texts;
  std::vector<Value::Pair> attributes;
  for (const auto& [key, text] : *metadata) {
    if (key == kAttributesKey) {
      attributes = ReadAttributes(text);
    } else {
      texts.emplace_back(Value(key), Value(text));
    }
  }
  // Without any text, the metadata was there for the attributes alone, or it was empty.
  if (!texts.empty() || attributes.empty()) {
    attributes.emplace(attributes.begin(), Value(kMetadataKey), Value::Map(std::move(texts)));
  }
  return Value::Map(std::move(attributes));
}

std::optional<Metadata> MetadataOf(const Value& attributes, std::string_view path, Value* index,
                                   std::vector<LostEntry>& lost) {
  if (attributes.is_null()) return std::nullopt;
  std::optional<Metadata> metadata;
  std::vector<Value::Pair> others;
  for (std::size_t i = 0; i < attributes.keys().size(); ++i) {
    const Value& key = attributes.keys()[i];
    const Value& item = attributes.items()[i];
    const bool is_text = key.kind() == ValueKind::kString;
    if (is_text && key.AsString() == kMetadataKey && AreTexts(item)) {
      metadata.emplace();
      for (std::size_t k = 0; k < item.keys().size(); ++k) {
        metadata->emplace_back(item.keys()[k].AsString(), item.items()[k].AsString());
      }
    } else if (is_text && index != nullptr && key.AsString() == kIndexAttribute) {
      *index = item;
    } else if (json::HoldsTensors(item) || (is_text && key.AsString() == kMetadataKey)) {
      lost.push_back({std::string(path), "the attribute " + KeyComponent(key)});
    } else {
      others.emplace_back(key, item);
    }
  }
  if (others.empty()) return metadata;
  if (!metadata) metadata.emplace();
  metadata->emplace_back(kAttributesKey, json::ToJson(Value::Map(std::move(others)), {}));
  return metadata;
}

}  // namespace statestone::safetensors
