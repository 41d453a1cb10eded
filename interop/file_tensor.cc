#include "interop/file_tensor.h"

#include <algorithm>
#include <utility>

#include "codec/bytes/checked.h"

namespace statestone {

std::optional<std::uint64_t> TensorBytes(std::span<const std::uint64_t> shape,
                                         std::uint64_t element_bytes) {
  std::optional<std::uint64_t> bytes = element_bytes;
  for (const std::uint64_t dim : shape) {
    if (dim != 0 && bytes) bytes = bytes::CheckedMultiply(*bytes, dim);
  }
  if (bytes && std::ranges::count(shape, 0) != 0) return 0;
  return bytes;
}

PieceReader ReadInPieces(FileRange range) {
  return [range = std::move(range)](std::uint64_t at, std::span<std::byte> out) {
    try {
      range.source->Read(range.offset + at, out);
    } catch (const Error& error) {
      throw error.WithPath(range.path).WithEntry(range.entry);
    }
  };
}

std::string ShapeText(std::span<const std::uint64_t> shape) {
  std::string text = "(";
  for (const std::uint64_t dim : shape)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(dim);
  return text + ")";
}

}  // namespace statestone
