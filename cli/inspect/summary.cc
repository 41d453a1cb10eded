#include "cli/inspect/summary.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "cli/terminal/numbers.h"
#include "cli/terminal/style.h"
#include "cli/terminal/text_width.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

std::string CountOf(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", HumanCount(count), count == 1 ? one : many);
}

std::vector<std::string> Facts(const Catalog& catalog) {
  const Reader& reader = catalog.reader();
  const FileSums& sums = catalog.sums();
  const auto stored = static_cast<double>(reader.file_bytes());
  const auto logical = static_cast<double>(sums.logical_bytes);
  std::vector<std::string> facts;
  if (sums.logical_bytes == 0) {
    facts.push_back(HumanBytes(reader.file_bytes()));
  } else {
    facts.push_back(fmt::format("{} of {} ({})", HumanBytes(reader.file_bytes()),
                                HumanBytes(sums.logical_bytes), Percent(stored, logical)));
  }
  if (sums.parameters != 0) facts.push_back(CountOf(sums.parameters, "parameter", "parameters"));
  if (sums.tensors != 0) {
    std::string text = CountOf(sums.tensors, "tensor", "tensors");
    if (sums.parameters == 0) {
      text += " of " + CountOf(sums.elements, "element", "elements");
    }
    facts.push_back(std::move(text));
  }
  facts.push_back(CountOf(reader.entry_count(), "entry", "entries"));
  facts.push_back(fmt::format("generation {}", reader.generation()));
  if (!reader.writer().empty()) {
    facts.push_back("written by " + EscapeForDisplay(reader.writer()));
  }
  for (const std::string_view feature : reader.write_features()) {
    facts.push_back("write feature " + EscapeForDisplay(feature));
  }
  return facts;
}

}  // namespace

std::string SummaryText(const std::string& path, const Catalog& catalog, const Screen& screen) {
  const std::string_view mark = screen.unicode ? "…" : "...";
  const std::string_view between = screen.unicode ? " · " : ", ";
  const std::size_t columns = screen.columns.value_or(100000);
  std::string text = Styled(Fit(EscapeForDisplay(path), columns, Cut::kMiddle, mark),
                            Style::kStrong, screen.color) +
                     '\n';
  std::string line;
  const auto finish_line = [&] {
    text += Fit(line, columns, Cut::kEnd, mark) + '\n';
    line.clear();
  };
  for (const std::string& fact : Facts(catalog)) {
    if (!line.empty() && TextWidth(line) + TextWidth(between) + TextWidth(fact) > columns) {
      finish_line();
    }
    if (!line.empty()) line += between;
    line += fact;
  }
  finish_line();
  return text;
}

}  // namespace statestone::cli
