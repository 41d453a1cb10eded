#include "cli/terminal/table.h"

#include <algorithm>
#include <utility>

namespace statestone::cli {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

Table::Table(std::vector<Column> columns, Screen screen)
    : columns_(std::move(columns)),
      screen_(screen),
      widths_(columns_.size()),
      shown_(columns_.size(), false) {}

void Table::Measure(const Row& row) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = TextWidth(row.cells[i].text);
    if (i == 0) width += TextWidth(row.lead);
    if (width == 0) continue;
    if (row.running != 0 && i == row.running) {
      running_width_ = std::max(running_width_, width);
      continue;
    }
    shown_[i] = true;
    widths_[i] = std::max(widths_[i], width);
  }
}

std::size_t Table::TotalWidth() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (shown_[i]) total += widths_[i] + (total == 0 ? 0 : kGap);
  }
  return total;
}

std::size_t Table::LeastWidth() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!shown_[i]) continue;
    const std::size_t least = columns_[i].least == 0 ? widths_[i] : columns_[i].least;
    total += std::min(least, widths_[i]) + (total == 0 ? 0 : kGap);
  }
  return total;
}

void Table::Settle() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (shown_[i]) widths_[i] = std::max(widths_[i], TextWidth(columns_[i].title));
  }
  if (!screen_.columns) return;
  while (LeastWidth() > *screen_.columns) {
    std::size_t victim = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!shown_[i] || columns_[i].rank == 0) continue;
      if (victim == columns_.size() || columns_[i].rank > columns_[victim].rank) victim = i;
    }
    if (victim == columns_.size()) break;
    shown_[victim] = false;
  }
  const bool least_fits = LeastWidth() <= *screen_.columns;
  // What is still too much is taken from the column that can spare most.
  while (TotalWidth() > *screen_.columns) {
    std::size_t widest = columns_.size();
    std::size_t most = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!shown_[i]) continue;
      // With only the columns left that always stay, any of them may be cut to a mark.
      const std::size_t floor = least_fits ? columns_[i].least : 1;
      if (floor == 0) continue;
      const std::size_t spare = widths_[i] - std::min(widths_[i], floor);
      if (spare > most) {
        most = spare;
        widest = i;
      }
    }
    if (widest == columns_.size()) break;
    --widths_[widest];
  }
}

void Table::Append(std::string& line, std::size_t& column_at, std::size_t column,
                   const Row& row) const {
  const std::string_view mark = screen_.unicode ? "…" : "...";
  const bool running = row.running != 0 && column == row.running;
  std::size_t width = widths_[column];
  if (running) {
    width = screen_.columns ? *screen_.columns - std::min(*screen_.columns, column_at)
                            : std::max(width, running_width_);
  }
  const std::string_view lead = column == 0 ? std::string_view(row.lead) : std::string_view();
  const std::string fitted_lead = Fit(lead, width, Cut::kEnd, mark);
  const std::size_t room = width - std::min(width, TextWidth(fitted_lead));
  const Cell& cell = row.cells[column];
  const std::string text = Fit(cell.text, room, columns_[column].cut, mark);
  const std::size_t pad = room - std::min(room, TextWidth(text));
  if (columns_[column].right && !running) line.append(pad, ' ');
  line += Styled(fitted_lead, Style::kFaint, screen_.color);
  line += Styled(text, cell.style, screen_.color);
  if (!columns_[column].right || running) line.append(pad, ' ');
  column_at += width;
}

std::string Table::Line(const Row& row) const {
  std::string line;
  std::size_t column_at = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool running = row.running != 0 && i == row.running;
    if (!shown_[i] && !running) continue;
    if (column_at != 0) {
      line.append(kGap, ' ');
      column_at += kGap;
    }
    Append(line, column_at, i, row);
    if (running) break;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  line += '\n';
  return line;
}

std::string Table::Header() const {
  Row row;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    row.cells[i] = {std::string(columns_[i].title), Style::kFaint};
  }
  return Line(row);
}

}  // namespace statestone::cli
