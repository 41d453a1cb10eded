// Tables that fit the screen: columns give way by rank, then names are cut.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/screen.h"
#include "cli/terminal/style.h"
#include "cli/terminal/text_width.h"

namespace statestone::cli {

inline constexpr std::size_t kMostColumns = 8;

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

/// One line of a table.
struct Row {
  std::string lead;  ///< tree lines before the first cell, faint
  std::array<Cell, kMostColumns> cells;
  /// The cell of this column runs on over all that follow, which are empty; 0: none does.
  std::size_t running = 0;
};

struct Column {
  std::string_view title;
  bool right = false;
  /// Who gives way first when the screen is too narrow: the highest; 0 stays always.
  int rank = 0;
  Cut cut = Cut::kEnd;
  std::size_t least = 0;  ///< width to which it may be cut
};

/// Lays out rows in two passes, so that rows need not be kept: Measure each, Settle, Print each.
class Table {
 public:
  Table(std::vector<Column> columns, Screen screen);

  /// Widens the columns for this row.
  void Measure(const Row& row);

  /// Fixes the widths: drops columns by rank while the least widths do not fit, then cuts the
  /// widest columns. Without a known number of columns every cell is shown whole.
  void Settle();

  /// A line with its line feed, never wider than the screen, no spaces at its end.
  std::string Header() const;
  std::string Line(const Row& row) const;

 private:
  std::size_t TotalWidth() const;
  std::size_t LeastWidth() const;
  void Append(std::string& line, std::size_t& column_at, std::size_t column, const Row& row) const;

  std::vector<Column> columns_;
  Screen screen_;
  std::vector<std::size_t> widths_;
  std::vector<bool> shown_;
  std::size_t running_width_ = 0;
};

}  // namespace statestone::cli
