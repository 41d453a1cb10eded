#include "interop/safetensors/file_writer.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "interop/json/json_events.h"

namespace statestone::safetensors {
namespace {

// A multiple of every element size: strided tensors are read in whole elements.
constexpr std::uint64_t kPieceBytes = 1ull << 20;
constexpr std::uint64_t kHeaderAlignment = 8;

void AppendMetadata(const Metadata& metadata, std::string& header) {
  header += json::Quoted(kMetadataKey) + ":{";
  for (std::size_t i = 0; i < metadata.size(); ++i) {
    if (i != 0) header += ',';
    header += json::Quoted(metadata[i].first) + ':' + json::Quoted(metadata[i].second);
  }
  header += '}';
}

void AppendTensor(const FlatTensor& tensor, std::uint64_t begin, std::string& header) {
  header += json::Quoted(tensor.name) + R"(:{"dtype":")";
  header += tensor.dtype->name;
  header += R"(","shape":[)";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (i != 0) header += ',';
    header += std::to_string(tensor.shape[i]);
  }
  header += R"(],"data_offsets":[)" + std::to_string(begin) + ',' +
            std::to_string(begin + tensor.bytes) + "]}";
}

std::string HeaderOf(std::span<const FlatTensor> tensors, const std::optional<Metadata>& metadata) {
  std::string header = "{";
  if (metadata) AppendMetadata(*metadata, header);
  std::uint64_t begin = 0;
  for (const FlatTensor& tensor : tensors) {
    if (header.size() != 1) header += ',';
    AppendTensor(tensor, begin, header);
    begin += tensor.bytes;
  }
  header += '}';
  header.resize(bytes::AlignUp(header.size(), kHeaderAlignment), ' ');
  return header;
}

void WriteTensor(const Checkpoint& checkpoint, const FlatTensor& tensor, ExportProgress& progress,
                 std::span<std::byte> buffer, file::AtomicFile& file) {
  for (std::uint64_t offset = 0; offset < tensor.bytes; offset += buffer.size()) {
    const auto piece = buffer.first(std::min<std::uint64_t>(buffer.size(), tensor.bytes - offset));
    checkpoint.Read(tensor.ref, offset, piece);
    file.Write(piece);
    progress.Add(piece.size());
  }
}

}  // namespace

void WriteFile(const Checkpoint& checkpoint, std::span<FlatTensor> tensors,
               const std::optional<Metadata>& metadata, ExportProgress& progress,
               file::AtomicFile& file) {
  std::ranges::sort(tensors, [](const FlatTensor& a, const FlatTensor& b) {
    return std::tuple(b.dtype->rank, std::string_view(a.name)) <
           std::tuple(a.dtype->rank, std::string_view(b.name));
  });
  const std::string header = HeaderOf(tensors, metadata);
  if (header.size() > kMostHeaderBytes) {
    throw Error(ErrorCode::kLimit,
                {.problem = "the header of the safetensors file would be longer than any reader "
                            "takes",
                 .expected = "at most " + std::to_string(kMostHeaderBytes) + " bytes",
                 .found = std::to_string(header.size()),
                 .advice = "write a set of smaller files (max_shard_bytes)"});
  }
  std::array<std::byte, 8> length{};
  bytes::Store<std::uint64_t>(length.data(), header.size());
  file.Write(length);
  file.Write(std::as_bytes(std::span(header)));
  std::vector<std::byte> buffer(kPieceBytes);
  for (const FlatTensor& tensor : tensors) {
    WriteTensor(checkpoint, tensor, progress, buffer, file);
  }
}

}  // namespace statestone::safetensors
