// Elements that do not stand in the file as they are: numbers of protobuf, in one or more pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"
#include "interop/onnx/data_type.h"
#include "interop/onnx/field_walk.h"
#include "statestone/checkpoint.h"

namespace statestone::onnx {

/// A typed field of a tensor in a file.
struct TypedData {
  std::shared_ptr<const file::ByteSource> source;
  std::string path;   ///< of the file, for errors
  std::string entry;  ///< of the tensor, as a display path, for errors
  std::vector<Range> ranges;
  const DataType* type = nullptr;
};

/// Whether the field holds numbers of variable length, and not floats as they are.
bool IsVariable(const DataType& type) noexcept;

/// Bytes of all elements once they are decoded. Reads the field once where it is of variable
/// length. \throws Error corrupt (a number without end), io
std::uint64_t DecodedBytes(const TypedData& data);

/// Decodes the elements in order, a window at a time. What it makes throws Error corrupt for a
/// number that is no element of the type.
PieceReader ReadTyped(TypedData data);

}  // namespace statestone::onnx
