// JSON texts as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "interop/json/json_events.h"
#include "statestone/value.h"

namespace statestone::json {

/// Nodes of one text: 1 Mi values are about 150 MB, and `_metadata` of 300,000 modules.
inline constexpr std::uint64_t kMostNodes = 1ull << 20;

/// Objects and arrays in each other: values go 64 deep, and some take two levels of JSON for one.
inline constexpr std::uint64_t kMostLevels = 160;

/// Makes a value of events: null, bool, integers, float64, strings, lists, maps.
/// \throws Error corrupt (a key twice), limit (deeper than kMostLevels, more than kMostNodes)
class ValueEvents final : public JsonEvents {
 public:
  void Null() override { Add(Value()); }
  void Bool(bool value) override { Add(Value(value)); }
  void Negative(std::int64_t value) override { Add(Value(value)); }
  void Unsigned(std::uint64_t value) override { Add(Value(value)); }
  void Real(double value) override { Add(Value(value)); }
  void String(std::string_view value) override { Add(Value(value)); }
  void StartObject() override { Open(true); }
  void Key(std::string_view key) override;
  void EndObject() override { Close(); }
  void StartArray() override { Open(false); }
  void EndArray() override { Close(); }

  /// Whether one value is complete: the next event would belong to something else.
  bool done() const { return done_; }
  Value Take() { return std::move(value_); }

 private:
  struct Level {
    bool map = false;
    std::vector<Value::Pair> pairs;
    std::unordered_set<std::string> seen;
    std::vector<Value> items;
  };

  void Spend();
  void Open(bool map);
  void Close();
  void Add(Value value);

  std::vector<Level> levels_;
  Value value_;
  std::uint64_t nodes_ = 0;
  bool done_ = false;
};

}  // namespace statestone::json
