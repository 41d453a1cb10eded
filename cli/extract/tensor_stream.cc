#include "cli/extract/tensor_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace statestone::cli {
namespace {

constexpr std::uint64_t kPieceBytes = std::uint64_t{8} << 20;

// Runs a read so that its error names what the user asked for, not the storage it lies in.
template <typename Body>
void Naming(const std::string& entry, Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    ErrorFields fields = error.fields();
    fields.entry = entry;
    throw Error(error.code(), std::move(fields));
  }
}

void StreamRange(const Reader& reader, std::uint32_t storage, std::uint64_t begin,
                 std::uint64_t bytes, const std::string& entry, const Sink& sink) {
  if (bytes == 0) return;
  const std::uint64_t chunk = reader.storage(storage).chunk_bytes;
  const std::uint64_t piece = std::max(chunk, kPieceBytes / chunk * chunk);
  std::vector<std::byte> buffer(std::min(piece, bytes));
  const std::uint64_t end = begin + bytes;
  for (std::uint64_t at = begin; at < end;) {
    // Pieces end where chunks do, so that no chunk is decoded twice.
    const std::uint64_t next = std::min(end, (at / piece + 1) * piece);
    const std::span<std::byte> out(buffer.data(), next - at);
    Naming(entry, [&] { reader.ReadStorageRange(storage, at, out); });
    sink(out);
    at = next;
  }
}

void StreamRows(const Reader& reader, TensorRef tensor, const TensorInfo& info,
                const std::string& entry, const Sink& sink) {
  const std::uint64_t row = info.bytes / info.shape[0];
  const std::uint64_t rows = std::max<std::uint64_t>(1, kPieceBytes / row);
  std::vector<std::byte> buffer(std::min(rows, info.shape[0]) * row);
  for (std::uint64_t at = 0; at < info.shape[0];) {
    const std::uint64_t count = std::min(rows, info.shape[0] - at);
    const std::span<std::byte> out(buffer.data(), count * row);
    Naming(entry, [&] { reader.ReadSlice(tensor, at, count, out); });
    sink(out);
    at += count;
  }
}

}  // namespace

void StreamTensor(const Reader& reader, TensorRef tensor, const Sink& sink) {
  const TensorInfo info = reader.tensor(tensor);
  const std::string entry = reader.DisplayPaths()[tensor.index];
  if (info.bytes == 0) return;
  if (info.strides.empty()) {
    StreamRange(reader, info.storage, info.offset, info.bytes, entry, sink);
  } else {
    StreamRows(reader, tensor, info, entry, sink);
  }
}

void StreamStorage(const Reader& reader, std::uint32_t storage, const std::string& entry,
                   const Sink& sink) {
  StreamRange(reader, storage, 0, reader.storage(storage).bytes, entry, sink);
}

}  // namespace statestone::cli
