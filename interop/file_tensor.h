// Tensors whose bytes stand in a file as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"
#include "statestone/checkpoint.h"

namespace statestone {

/// Bytes of a row-major tensor, or nothing if they do not fit 64 bits. Dimensions of size 0 make it
/// empty, but what the others multiply to must fit all the same.
std::optional<std::uint64_t> TensorBytes(std::span<const std::uint64_t> shape,
                                         std::uint64_t element_bytes);

/// Where the bytes of a tensor are: [offset, offset + its bytes) of `source`.
struct FileRange {
  std::shared_ptr<const file::ByteSource> source;
  std::uint64_t offset = 0;
  std::string path;   ///< of the file, for errors
  std::string entry;  ///< of the tensor, as a display path, for errors
};

/// Reads a row-major tensor's bytes from a file, a piece at a time.
PieceReader ReadInPieces(FileRange range);

/// "(3, 4)", as errors show shapes.
std::string ShapeText(std::span<const std::uint64_t> shape);

}  // namespace statestone
