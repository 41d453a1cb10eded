#include "cli/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace statestone::cli {
namespace {

std::size_t Changes(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> table((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  for (std::size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::string_view NearestName(std::string_view typed, std::span<const std::string_view> names) {
  constexpr std::size_t kLongest = 32;
  if (typed.empty() || typed.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t fewest = typed.size() / 3 + 2;
  for (const std::string_view name : names) {
    const std::size_t changes = name.starts_with(typed) ? 0 : Changes(typed, name);
    if (changes < fewest) {
      fewest = changes;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace statestone::cli
