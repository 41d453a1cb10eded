#include "interop/gguf/tensor_table.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/file_tensor.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone::gguf {
namespace {

constexpr std::uint64_t kMostDimensions = 4;
constexpr std::uint64_t kSmallestRow = 24;  // an empty name, no dimensions, a type, an offset

Error Corrupt(const TensorRow& row, std::uint64_t offset, std::string problem,
              std::string expected = {}, std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.entry = "tensors/" + EscapePathComponent(row.name),
                                     .offset = offset,
                                     .problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged or cut off: copy it again"});
}

const TensorType* TypeOf(const TensorRow& row, std::uint64_t at, std::uint32_t number) {
  const TensorType* type = FindTensorType(number);
  Require(CheckSite::kGgufTensorType, type != nullptr, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.entry = "tensors/" + EscapePathComponent(row.name),
                  .offset = at,
                  .problem = "the tensor is of a type that is unknown or was given up",
                  .found = "type " + std::to_string(number),
                  .advice = "convert the file anew from its model, or update Statestone"});
  });
  return type;
}

// Elements of a row become bytes of blocks where the type is quantized.
void CountInBlocks(TensorRow& row, std::uint64_t at) {
  const TensorType& type = *row.type;
  std::uint64_t element_bytes = type.block_bytes;
  if (!type.dtype) {
    const std::uint64_t length = row.shape.empty() ? 1 : row.shape.back();
    Require(CheckSite::kGgufBlocks, length % type.block_elements == 0, [&] {
      return Corrupt(row, at, "the rows of the tensor are no whole number of blocks",
                     "a multiple of " + std::to_string(type.block_elements),
                     std::to_string(length));
    });
    element_bytes = 1;
    const auto bytes = bytes::CheckedMultiply(length / type.block_elements, type.block_bytes);
    if (!row.shape.empty()) row.shape.back() = bytes.value_or(~std::uint64_t{0});
  }
  const auto bytes = TensorBytes(row.shape, element_bytes);
  Require(CheckSite::kGgufTensorSize, bytes && *bytes <= limits::kStorageBytes, [&] {
    return Corrupt(row, at, "the tensor is larger than any file", "at most 2^56 bytes",
                   ShapeText(row.shape));
  });
  row.bytes = *bytes;
}

TensorRow ReadRow(Cursor& cursor, std::uint64_t& text_budget) {
  TensorRow row;
  const std::uint64_t at = cursor.position();
  row.name = cursor.ReadText(text_budget);
  const auto rank = cursor.Read<std::uint32_t>();
  Require(CheckSite::kGgufRank, rank <= kMostDimensions, [&] {
    return Corrupt(row, at, "the tensor has too many dimensions",
                   "at most " + std::to_string(kMostDimensions), std::to_string(rank));
  });
  for (std::uint32_t i = 0; i < rank; ++i) row.shape.push_back(cursor.Read<std::uint64_t>());
  std::ranges::reverse(row.shape);
  row.type = TypeOf(row, at, cursor.Read<std::uint32_t>());
  row.offset = cursor.Read<std::uint64_t>();
  CountInBlocks(row, at);
  return row;
}

void Place(TensorRow& row, std::uint64_t data, std::uint64_t alignment, std::uint64_t file_bytes) {
  Require(CheckSite::kGgufTensorAlignment, row.offset % alignment == 0, [&] {
    return Corrupt(row, data, "the data of the tensor are not aligned",
                   "a multiple of " + std::to_string(alignment), std::to_string(row.offset));
  });
  const auto offset = bytes::CheckedAdd(data, row.offset);
  Require(CheckSite::kGgufTensorPlace, offset && bytes::RangeFits(*offset, row.bytes, file_bytes),
          [&] {
            return Corrupt(row, data, "the data of the tensor reach past the end of the file",
                           std::to_string(row.bytes) + " bytes at offset " +
                               std::to_string(row.offset) + " of the data",
                           "a file of " + std::to_string(file_bytes));
          });
  row.offset = *offset;
}

void RequireDisjoint(const std::vector<TensorRow>& rows) {
  std::vector<const TensorRow*> sorted;
  for (const TensorRow& row : rows) {
    if (row.bytes != 0) sorted.push_back(&row);
  }
  std::ranges::sort(sorted, {}, &TensorRow::offset);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const TensorRow& before = *sorted[i - 1];
    Require(CheckSite::kGgufTensorOverlap, before.offset + before.bytes <= sorted[i]->offset, [&] {
      return Corrupt(*sorted[i], sorted[i]->offset, "the tensor shares bytes with another", {},
                     EscapeForDisplay(before.name));
    });
  }
}

}  // namespace

std::vector<TensorRow> ReadTensorTable(Cursor& cursor, std::uint64_t count, std::uint64_t alignment,
                                       std::uint64_t& text_budget) {
  cursor.RequireRoom(count, kSmallestRow, "tensors");
  std::vector<TensorRow> rows;
  for (std::uint64_t i = 0; i < count; ++i) rows.push_back(ReadRow(cursor, text_budget));
  const std::uint64_t file_bytes = cursor.source()->size();
  // A file without tensors may end before its data would start.
  const std::uint64_t data =
      bytes::CheckedAlignUp(cursor.position(), alignment).value_or(~std::uint64_t{0});
  std::unordered_set<std::string_view> names;
  for (TensorRow& row : rows) {
    Place(row, data, alignment, file_bytes);
    Require(CheckSite::kGgufTensorNames, names.insert(row.name).second,
            [&] { return Corrupt(row, row.offset, "the tensor is there twice"); });
  }
  RequireDisjoint(rows);
  return rows;
}

}  // namespace statestone::gguf
