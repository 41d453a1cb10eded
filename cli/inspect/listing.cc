#include "cli/inspect/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "cli/inspect/catalog.h"
#include "cli/terminal/numbers.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

enum ColumnNumber : std::size_t { kName, kType, kShape, kSize, kStored, kShare, kCoding, kFlags };

std::vector<Column> Columns(const Screen& screen) {
  // Names are what people look for: they keep two fifths of a narrow screen.
  const std::size_t least_name =
      std::clamp<std::size_t>(screen.columns.value_or(80) * 2 / 5, 12, 32);
  return {{.title = "NAME", .cut = Cut::kMiddle, .least = least_name},
          {.title = "TYPE", .rank = 2},
          {.title = "SHAPE", .least = 12},
          {.title = "SIZE", .right = true, .rank = 1},
          {.title = "STORED", .right = true, .rank = 5},
          {.title = "%", .right = true, .rank = 3},
          {.title = "CODING", .rank = 6},
          {.title = "FLAGS", .rank = 4, .least = 12}};
}

std::string CodingText(std::uint8_t codings) {
  if (codings == 0) return {};
  return std::string(Name(static_cast<Coding>(codings)));
}

class Listing {
 public:
  Listing(const ListingOptions& options, const Screen& screen)
      : options_(options), screen_(screen) {}

  using Visit = std::function<void(const Row&)>;

  // NOLINTNEXTLINE(misc-no-recursion): depth is limited where trees are made
  void ForEachRow(const Node& parent, const std::string& path, const std::string& lead,
                  std::size_t level, std::uint64_t copies, const Visit& visit) const {
    for (std::size_t i = 0; i < parent.children.size(); ++i) {
      const Node& node = *parent.children[i];
      // The root of a file that is one unnamed entry has no line of its own.
      if (level == 0 && node.label.empty() && !node.children.empty()) {
        ForEachRow(node, path, lead, level, copies, visit);
        continue;
      }
      const std::string node_path = options_.tree ? std::string() : PathOf(path, node);
      const bool last = i + 1 == parent.children.size();
      std::string branch;
      if (options_.tree && level > 0) branch = last ? Mark("└─ ", "`- ") : Mark("├─ ", "|- ");
      const bool inner = !node.children.empty();
      if (options_.tree || !inner || level >= options_.depth) {
        Row row = MakeRow(node, copies);
        row.lead = lead + branch;
        row.cells[kName].text = options_.tree ? Label(node) : node_path;
        visit(row);
      }
      if (!inner || level >= options_.depth) continue;
      std::string below;
      if (options_.tree && level > 0) below = last ? "   " : Mark("│  ", "|  ");
      ForEachRow(node, node_path, lead + below, level + 1, copies * node.repeats, visit);
    }
  }

 private:
  std::string Mark(const char* unicode, const char* ascii) const {
    return screen_.unicode ? unicode : ascii;
  }

  // Integer keys as people write them: the path's "\#" is for telling 1 from "1".
  static std::string Label(const Node& node) {
    if (node.label.empty()) return "\"\"";
    return node.label.starts_with("\\#") ? node.label.substr(2) : node.label;
  }

  std::string Folded(const Node& node) const {
    return fmt::format("{} {}", Mark("×", "x"), WithCommas(node.repeats));
  }

  Row MakeRow(const Node& node, std::uint64_t copies) const {
    Row row;
    auto& cells = row.cells;
    const bool module = node.kind == NodeKind::kModule;
    const bool branch = !node.children.empty();
    cells[kName].style = node.repeats > 1 ? Style::kGroup : branch ? Style::kStrong : Style::kPlain;
    cells[kType] = {node.type, branch ? Style::kFaint : Style::kType};
    cells[kShape].text = node.various ? "various" : node.text;
    if (module) cells[kShape] = {TensorCount(node, copies), Style::kFaint};
    if (node.kind == NodeKind::kModel) cells[kShape] = {TensorCount(node, copies), Style::kFaint};
    if (node.kind == NodeKind::kContainer && node.tensors != 0) {
      cells[kShape] = {TensorCount(node, copies), Style::kFaint};
    }
    if (node.repeats > 1) {
      const bool inner = branch || cells[kShape].text.empty();
      const std::string shape = inner ? "" : "  " + cells[kShape].text;
      cells[kShape] = {Folded(node) + shape, Style::kGroup};
    }
    cells[kFlags] = {FlagsText(node), node.tied ? Style::kNotice : Style::kFaint};
    FillSizes(node, copies, row);
    if (node.kind == NodeKind::kUnknown) {
      cells[kShape] = {"written by a newer version", Style::kNotice};
    }
    const bool sized = !cells[kSize].text.empty();
    if (!sized && cells[kFlags].text.empty() && node.kind != NodeKind::kTensor) {
      row.running = kShape;
    }
    return row;
  }

  static std::string FlagsText(const Node& node) {
    if (node.tied_to.empty()) return node.flags;
    return node.flags + (node.flags.empty() ? "= " : " = ") + node.tied_to;
  }

  static std::string TensorCount(const Node& node, std::uint64_t copies) {
    const std::uint64_t count = node.tensors / copies;
    return fmt::format("{} tensor{}", WithCommas(count), count == 1 ? "" : "s");
  }

  void FillSizes(const Node& node, std::uint64_t copies, Row& row) const {
    const bool attachment = node.kind == NodeKind::kAttachment;
    if (node.tensors == 0 && !attachment) return;
    auto& cells = row.cells;
    const auto per_copy = static_cast<double>(copies);
    const double size = static_cast<double>(node.logical_bytes) / per_copy;
    const double stored = node.stored_bytes / per_copy;
    if (node.logical_bytes == 0 && node.tied) return;  // carried by the tensor it is tied to
    cells[kSize].text = HumanBytes(static_cast<std::uint64_t>(std::llround(size)));
    const bool about = node.estimated || copies > 1;
    cells[kStored].text =
        (about ? "~" : "") + HumanBytes(static_cast<std::uint64_t>(std::llround(stored)));
    if (size > 0) cells[kShare].text = ShortPercent(stored, size);
    if (stored < 0.985 * size) cells[kShare].style = Style::kGood;
    if (!node.children.empty()) return;
    cells[kCoding] = {CodingText(node.codings), Style::kFaint};
  }

  const ListingOptions& options_;
  const Screen& screen_;
};

}  // namespace

void WriteListing(const Node& top, const std::string& path, const ListingOptions& options,
                  const Screen& screen, Output& out) {
  Table table(Columns(screen), screen);
  const Listing listing(options, screen);
  listing.ForEachRow(top, path, {}, 0, 1, [&](const Row& row) { table.Measure(row); });
  table.Settle();
  out.Write(table.Header());
  listing.ForEachRow(top, path, {}, 0, 1, [&](const Row& row) { out.Write(table.Line(row)); });
}

}  // namespace statestone::cli
