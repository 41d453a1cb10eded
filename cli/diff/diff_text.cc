#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/diff/diff_report.h"
#include "cli/inspect/catalog.h"
#include "cli/inspect/value_text.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/style.h"
#include "cli/terminal/table.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using walk::OpenedCheckpoint;
using walk::OpenedTensor;

enum ColumnNumber : std::size_t {
  kMark,
  kName,
  kType,
  kShape,
  kDifferent,
  kAbsolute,
  kUlps,
  kNotes
};

constexpr std::size_t kValueColumns = 60;

std::vector<Column> TensorColumns() {
  return {{.title = ""},
          {.title = "TENSOR", .cut = Cut::kMiddle, .least = 16},
          {.title = "TYPE", .rank = 3},
          {.title = "SHAPE", .rank = 4, .least = 8},
          {.title = "DIFFERENT", .right = true, .rank = 1},
          {.title = "MAX ABS", .right = true, .rank = 2},
          {.title = "MAX ULP", .right = true, .rank = 5},
          {.title = "NOTES", .rank = 6, .least = 8}};
}

std::string Changed(const std::string& a, const std::string& b) {
  return a == b ? a : a + " -> " + b;
}

// "0 %" only of nothing, "100 %" only of all.
std::string ShareText(std::uint64_t part, std::uint64_t whole) {
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (part != 0 && percent < 1) return "< 1 %";
  if (part != whole && percent > 99) return "> 99 %";
  return ShortPercent(static_cast<double>(part), static_cast<double>(whole));
}

class TensorRows {
 public:
  TensorRows(const OpenedCheckpoint& a, const OpenedCheckpoint& b, const Screen& screen)
      : a_(a), b_(b), times_(screen.unicode ? " × " : " x ") {}

  Row Of(const TensorDifference& difference) const {
    const OpenedTensor& a = a_.tensors()[difference.a];
    const OpenedTensor& b = b_.tensors()[difference.b];
    Row row;
    auto& cells = row.cells;
    cells[kMark] = {"~", Style::kNotice};
    cells[kName].text = Changed(a.path, b.path);
    const Style type = difference.dtype ? Style::kNotice : Style::kType;
    cells[kType] = {Changed(std::string(Name(a.dtype)), std::string(Name(b.dtype))), type};
    cells[kShape] = {Changed(ShapeText(a.shape, times_), ShapeText(b.shape, times_)),
                     difference.shape ? Style::kNotice : Style::kPlain};
    const tensor_math::ElementDifferences& elements = difference.elements;
    if (elements.elements != 0) {
      cells[kDifferent].text = fmt::format("{} ({})", HumanCount(elements.beyond),
                                           ShareText(elements.beyond, elements.elements));
      if (elements.has_numbers) {
        cells[kAbsolute].text = fmt::format("{:.4g}", elements.max_absolute);
      }
      if (elements.has_ulps) cells[kUlps].text = HumanCount(elements.max_ulps);
    }
    std::vector<std::string> notes = difference.notes;
    if (elements.nan_in_one != 0) {
      notes.push_back(fmt::format("{} NaN on one side", HumanCount(elements.nan_in_one)));
    }
    if (elements.nan_bits != 0) {
      notes.push_back(fmt::format("{} NaN of other bits", HumanCount(elements.nan_bits)));
    }
    cells[kNotes].text = fmt::format("{}", fmt::join(notes, ", "));
    return row;
  }

  Row OnlyIn(const OpenedCheckpoint& file, std::uint32_t tensor, bool is_a) const {
    const OpenedTensor& info = file.tensors()[tensor];
    Row row;
    const Style style = is_a ? Style::kBad : Style::kGood;
    row.cells[kMark] = {is_a ? "-" : "+", style};
    row.cells[kName] = {info.path, style};
    row.cells[kType] = {std::string(info.attachment ? "attached" : Name(info.dtype)), Style::kType};
    row.cells[kShape].text = ShapeText(info.shape, times_);
    return row;
  }

 private:
  const OpenedCheckpoint& a_;
  const OpenedCheckpoint& b_;
  const std::string_view times_;
};

void WriteTable(std::vector<Column> columns, const std::vector<Row>& rows, std::size_t more,
                const Screen& screen, Output& out) {
  if (rows.empty()) return;
  Table table(std::move(columns), screen);
  for (const Row& row : rows) table.Measure(row);
  table.Settle();
  out.Write(table.Header());
  for (const Row& row : rows) out.Write(table.Line(row));
  if (more != 0) out.Write(fmt::format("  {} more: --all shows them\n", WithCommas(more)));
  out.Write("\n");
}

std::string CountOf(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", WithCommas(count), one, count == 1 ? "" : "s");
}

std::string ValueCell(const std::optional<Value>& value) {
  return value ? ValueText(*value, kValueColumns) : std::string();
}

std::vector<Row> ValueRows(const Differences& differences, std::size_t most) {
  std::vector<Row> rows;
  for (const ValueDifference& value : differences.values) {
    if (rows.size() == most) break;
    Row row;
    const bool both = value.a && value.b;
    row.cells[0] = {both      ? "~"
                    : value.a ? "-"
                              : "+",
                    both      ? Style::kNotice
                    : value.a ? Style::kBad
                              : Style::kGood};
    row.cells[1].text = value.path.empty() ? "\"\"" : value.path;
    row.cells[2].text = ValueCell(value.a);
    row.cells[3].text = ValueCell(value.b);
    // What looks alike differs in its type.
    if (both && row.cells[2].text == row.cells[3].text) {
      row.cells[2].text += " (" + Name(value.a->kind()) + ")";
      row.cells[3].text += " (" + Name(value.b->kind()) + ")";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void WriteHint(const RenameHint& hint, Output& out) {
  const auto quoted = [](const std::string& text) { return text.empty() ? "\"\"" : text; };
  std::string text =
      fmt::format("{} would meet with {} -> {}, {} with equal bytes",
                  CountOf(hint.tensors, "tensor"), quoted(hint.from), quoted(hint.to),
                  hint.equal == hint.tensors ? "all" : WithCommas(hint.equal));
  if (!hint.strip_prefixes.empty()) text += ":";
  for (const std::string& prefix : hint.strip_prefixes) text += " --strip-prefix " + prefix;
  out.Write("hint: " + text + "\n");
}

std::string Summary(const Differences& found, const Screen& screen) {
  if (found.Equal()) {
    return fmt::format("{}: {}, {}", Styled("equal", Style::kGood, screen.color),
                       CountOf(found.tensors, "tensor"), CountOf(found.equal_values, "value"));
  }
  std::vector<std::string> facts;
  if (!found.changed.empty()) {
    facts.push_back(fmt::format("{} of {}", WithCommas(found.changed.size()),
                                CountOf(found.tensors, "common tensor")));
  }
  if (!found.only_a.empty()) {
    facts.push_back(CountOf(found.only_a.size(), "tensor") + " only in A");
  }
  if (!found.only_b.empty()) {
    facts.push_back(CountOf(found.only_b.size(), "tensor") + " only in B");
  }
  if (!found.values.empty()) facts.push_back(CountOf(found.values.size(), "value"));
  return fmt::format("{}: {}", Styled("different", Style::kNotice, screen.color),
                     fmt::join(facts, ", "));
}

}  // namespace

void WriteDifferences(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                      const Differences& found, double seconds, std::size_t rows,
                      const Screen& screen, Output& out) {
  out.Write(fmt::format("A  {}\nB  {}\n", EscapeForDisplay(a.path()), EscapeForDisplay(b.path())));
  if (!found.Equal()) out.Write("\n");
  const TensorRows make(a, b, screen);
  std::vector<Row> tensors;
  for (const TensorDifference& difference : found.changed) {
    if (tensors.size() == rows) break;
    tensors.push_back(make.Of(difference));
  }
  for (const std::uint32_t tensor : found.only_a) {
    if (tensors.size() == rows) break;
    tensors.push_back(make.OnlyIn(a, tensor, true));
  }
  for (const std::uint32_t tensor : found.only_b) {
    if (tensors.size() == rows) break;
    tensors.push_back(make.OnlyIn(b, tensor, false));
  }
  const std::size_t all = found.changed.size() + found.only_a.size() + found.only_b.size();
  WriteTable(TensorColumns(), tensors, all - tensors.size(), screen, out);
  const std::vector<Row> values = ValueRows(found, rows);
  WriteTable({{.title = ""},
              {.title = "VALUE", .cut = Cut::kMiddle, .least = 16},
              {.title = "A", .least = 12},
              {.title = "B", .least = 12}},
             values, found.values.size() - values.size(), screen, out);
  for (const RenameHint& hint : found.hints) WriteHint(hint, out);
  out.Write(fmt::format("{}  ({} compared in {}{})\n", Summary(found, screen),
                        HumanBytes(found.compared_bytes), HumanSeconds(seconds), [&] {
                          const auto rate =
                              HumanRate(static_cast<double>(found.compared_bytes), seconds);
                          return rate.empty() ? rate : ", " + rate;
                        }()));
}

}  // namespace statestone::cli
