// Tells ONNX files, which have no magic, from all others.
#pragma once

#include "codec/file/byte_source.h"

namespace statestone::onnx {

enum class Likeness : std::uint8_t {
  kNone,
  kStart,  ///< fields of a model up to one that reaches past the end of the file
  kWhole,  ///< nothing but fields of a model to the file's last byte, a version and a graph among
           ///< them
};

/// By the numbers, types and lengths of the outermost fields; nothing inside of them is read. Reads
/// a few bytes for each field, of at most 4096 fields.
Likeness LooksLikeModel(const file::ByteSource& source);

}  // namespace statestone::onnx
