#include "interop/json/json_value.h"

#include "codec/check/require.h"

namespace statestone::json {

void ValueEvents::Spend() {
  ++nodes_;
  Require(CheckSite::kJsonNodes, nodes_ <= kMostNodes, [] {
    return Error(ErrorCode::kLimit, {.problem = "too many values in JSON",
                                     .expected = "at most " + std::to_string(kMostNodes)});
  });
}

void ValueEvents::Key(std::string_view key) {
  Spend();
  Level& level = levels_.back();
  Require(CheckSite::kJsonKeyTwice, level.seen.emplace(key).second, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "an object has one key twice", .found = std::string(key)});
  });
  level.pairs.emplace_back(Value(key), Value());
}

void ValueEvents::Open(bool map) {
  Require(CheckSite::kJsonDepth, levels_.size() < kMostLevels, [] {
    return Error(ErrorCode::kLimit, {.problem = "JSON is nested too deep",
                                     .expected = "at most " + std::to_string(kMostLevels)});
  });
  levels_.emplace_back().map = map;
}

void ValueEvents::Close() {
  Level level = std::move(levels_.back());
  levels_.pop_back();
  Add(level.map ? Value::Map(std::move(level.pairs)) : Value::List(std::move(level.items)));
}

void ValueEvents::Add(Value value) {
  Spend();
  if (levels_.empty()) {
    value_ = std::move(value);
    done_ = true;
  } else if (levels_.back().map) {
    levels_.back().pairs.back().second = std::move(value);
  } else {
    levels_.back().items.push_back(std::move(value));
  }
}

}  // namespace statestone::json
