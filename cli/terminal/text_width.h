// How many columns text takes up on a terminal, and cutting it to fit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace statestone::cli {

/// Columns of printable UTF-8: 0 for combining marks, 2 for East Asian wide characters and emoji,
/// else 1. Bytes that are not UTF-8 count 1 each. Escape control characters first.
std::size_t TextWidth(std::string_view text);

enum class Cut { kEnd, kMiddle };

/// `text` if it fits into `columns`, else as much of it as fits beside `mark` ("…" or "...").
std::string Fit(std::string_view text, std::size_t columns, Cut cut, std::string_view mark);

}  // namespace statestone::cli
