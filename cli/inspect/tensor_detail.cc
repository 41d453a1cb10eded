#include "cli/inspect/tensor_detail.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "cli/inspect/chunk_column.h"
#include "cli/terminal/numbers.h"
#include "cli/terminal/table.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

std::string BytesText(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  return fmt::format("{} ({} bytes)", HumanBytes(bytes), WithCommas(bytes));
}

std::string KindText(const TensorInfo& info) {
  std::string text = info.kind == TensorKind::kParameter ? "parameter"
                     : info.kind == TensorKind::kBuffer  ? "buffer"
                                                         : "tensor";
  text += info.requires_grad ? ", requires a gradient" : ", requires no gradient";
  return text;
}

std::string StridesText(const TensorInfo& info) {
  if (info.strides.empty()) return "row-major";
  std::string text;
  for (const std::uint64_t stride : info.strides) {
    if (!text.empty()) text += ", ";
    text += std::to_string(stride);
  }
  return "strides " + text + " (elements)";
}

std::string StorageText(std::uint32_t number, const StorageInfo& storage) {
  std::string text =
      fmt::format("number {}, {}, unit {}", number, BytesText(storage.bytes), storage.unit);
  if (!storage.readable) return text + ", coding of a newer version";
  if (storage.rotate) text += ", rotated";
  return text + (storage.layout == StorageLayout::kRaw ? ", raw" : ", byte planes");
}

std::vector<std::string> TiedPaths(const Catalog& catalog, TensorRef tensor) {
  std::vector<std::string> paths;
  const std::uint32_t group = catalog.reader().TieGroups()[tensor.index];
  if (group == 0) return paths;
  const auto& groups = catalog.reader().TieGroups();
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == group && i != tensor.index) {
      paths.push_back(catalog.reader().DisplayPaths()[i]);
    }
  }
  return paths;
}

void WriteChunks(const std::vector<ChunkRow>& chunks, std::size_t most, const Screen& screen,
                 Output& out) {
  Table table({{.title = "CHUNK", .right = true},
               {.title = "OFFSET", .right = true},
               {.title = "STORED", .right = true},
               {.title = "DECODED", .right = true, .rank = 3},
               {.title = "STORED SUM", .rank = 1},
               {.title = "DECODED SUM", .rank = 2}},
              screen);
  std::vector<Row> rows;
  for (const ChunkRow& chunk : chunks) {
    if (rows.size() == most) break;
    Row row;
    row.cells[0].text = std::to_string(chunk.number);
    row.cells[1].text = std::to_string(chunk.offset);
    row.cells[2].text = std::to_string(chunk.stored_bytes);
    row.cells[3].text = std::to_string(chunk.decoded_bytes);
    row.cells[4] = {fmt::format("{:016x}", chunk.stored_sum), Style::kFaint};
    row.cells[5] = {fmt::format("{:016x}", chunk.decoded_sum), Style::kFaint};
    table.Measure(row);
    rows.push_back(std::move(row));
  }
  table.Settle();
  out.Write("\n" + table.Header());
  for (const Row& row : rows) out.Write(table.Line(row));
  if (rows.size() < chunks.size()) {
    out.Write(fmt::format("{} more; --all shows them\n", chunks.size() - rows.size()));
  }
}

}  // namespace

void WriteTensorDetail(const Catalog& catalog, TensorRef tensor, std::size_t most_chunks,
                       const Screen& screen, Output& out) {
  const TensorInfo info = catalog.tensor(tensor);
  const TensorShare& share = catalog.share(tensor);
  const StorageInfo storage = catalog.reader().storage(info.storage);
  const auto line = [&](std::string_view title, std::string_view text) {
    out.Write(fmt::format("  {}{}\n",
                          Styled(fmt::format("{:<10}", title), Style::kFaint, screen.color), text));
  };
  out.Write(Styled(catalog.reader().DisplayPaths()[tensor.index], Style::kStrong, screen.color) +
            "\n");
  line("dtype", DTypeText(info) + (info.dtype == nullptr ? " (of a newer version)" : ""));
  line("shape",
       fmt::format("{}  ({} element{})", ShapeText(info.shape, screen.unicode ? " × " : " x "),
                   WithCommas(info.elements), info.elements == 1 ? "" : "s"));
  line("kind", KindText(info));
  line("size", BytesText(info.bytes));
  if (share.tied_to == TensorShare::kNone || share.tied_to == tensor.index) {
    const auto stored = static_cast<std::uint64_t>(std::llround(share.stored_bytes));
    line("stored", fmt::format("{}{}, {}, {}", share.estimated ? "about " : "", BytesText(stored),
                               Percent(share.stored_bytes, static_cast<double>(info.bytes)),
                               Name(share.coding)));
  }
  for (const std::string& path : TiedPaths(catalog, tensor)) line("tied to", path);
  line("layout", StridesText(info));
  line("storage", StorageText(info.storage, storage));
  line("place", fmt::format("byte {} of the storage", WithCommas(info.offset)));
  WriteChunks(ChunksOf(catalog.reader(), storage, info.offset, info.extent_bytes), most_chunks,
              screen, out);
}

}  // namespace statestone::cli
