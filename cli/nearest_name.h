// "Did you mean": the name nearest to what was typed.
#pragma once

#include <span>
#include <string_view>

namespace statestone::cli {

/// The name that fewest single-character changes (replace, insert, delete, swap neighbours) turn
/// into `typed`, or that starts with it; empty when all are far off.
std::string_view NearestName(std::string_view typed, std::span<const std::string_view> names);

}  // namespace statestone::cli
