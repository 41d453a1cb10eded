#include "interop/gguf/import.h"

#include <string>
#include <utility>
#include <vector>

#include "codec/check/require.h"
#include "interop/file_tensor.h"
#include "interop/gguf/cursor.h"
#include "interop/gguf/metadata.h"
#include "interop/gguf/tensor_table.h"
#include "statestone/display.h"

namespace statestone::gguf {
namespace {

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint32_t kOldestVersion = 2;   // version 1 counted in 32 bits
constexpr std::uint32_t kNewestVersion = 3;

struct Counts {
  std::uint64_t tensors;
  std::uint64_t pairs;
};

Counts ReadPreamble(Cursor& cursor) {
  const auto magic = cursor.Read<std::uint32_t>();
  Require(CheckSite::kGgufMagic, magic == kMagic, [] {
    return Error(ErrorCode::kCorrupt, {.offset = 0, .problem = "this is no GGUF file"});
  });
  const auto version = cursor.Read<std::uint32_t>();
  // Versions are small: one whose lower half is empty was written the other way round.
  const bool big = version != 0 && (version & 0xFFFF) == 0;
  Require(CheckSite::kGgufByteOrder, !big, [&] {
    return Error(ErrorCode::kUnsupported, {.offset = 4,
                                           .problem = "the GGUF file is big-endian",
                                           .expected = "little-endian",
                                           .advice = "convert it with gguf-convert-endian"});
  });
  Require(CheckSite::kGgufVersion, version >= kOldestVersion && version <= kNewestVersion, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = 4,
                  .problem = "the GGUF file is of a version that this library does not read",
                  .expected = "2 or 3",
                  .found = std::to_string(version)});
  });
  const auto tensors = cursor.Read<std::uint64_t>();
  return {tensors, cursor.Read<std::uint64_t>()};
}

ImportedCheckpoint Describe(const std::filesystem::path& source) {
  Cursor cursor(file::OpenPositioned(source));
  ImportedCheckpoint imported{.kind = FileKind::kGguf, .source_bytes = cursor.source()->size()};
  Checkpoint& checkpoint = imported.checkpoint;
  const Counts counts = ReadPreamble(cursor);
  std::uint64_t text_budget = kMostTextBytes;
  Metadata metadata = ReadMetadata(cursor, counts.pairs, checkpoint, source.string(), text_budget);
  const std::vector<TensorRow> rows =
      ReadTensorTable(cursor, counts.tensors, metadata.alignment, text_budget);
  const ScopeRef scope = checkpoint.AddScope();
  std::vector<Value::Pair> quantized;
  for (const TensorRow& row : rows) {
    TensorSource tensor{
        .name = row.name, .dtype = row.type->dtype.value_or(DType::kUInt8), .shape = row.shape};
    if (row.bytes != 0) {
      tensor.pieces = ReadInPieces({cursor.source(), row.offset, source.string(),
                                    "tensors/" + EscapePathComponent(row.name)});
    }
    checkpoint.AddTensor(scope, std::move(tensor));
    if (!row.type->dtype) quantized.emplace_back(row.name, row.type->name);
  }
  checkpoint.AddValue("tensors", Value::TensorDict(scope));
  checkpoint.AddValue("metadata", std::move(metadata.map));
  checkpoint.AddValue("quantized", Value::Map(std::move(quantized)));
  return imported;
}

}  // namespace

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions&) {
  try {
    return Describe(source);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone::gguf
