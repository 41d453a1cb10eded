// Maps that stand for something else: section 7.2 of the format.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "statestone/value.h"

namespace statestone::tagged {

/// The first key of such a map; its value says what the map stands for.
inline constexpr std::string_view kTag = "statestone";

inline bool IsText(const Value& value, std::string_view text) {
  return value.kind() == ValueKind::kString && value.raw_bytes() == text;
}

/// Whether a map has exactly these keys in this order.
template <std::size_t n>
bool HasKeys(const Value& map, const std::array<std::string_view, n>& keys) {
  return map.kind() == ValueKind::kMap && std::ranges::equal(map.keys(), keys, IsText);
}

}  // namespace statestone::tagged
