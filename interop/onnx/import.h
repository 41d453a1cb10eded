// ONNX files, described.
#pragma once

#include <filesystem>

#include "statestone/import.h"

namespace statestone::onnx {

/// The initializers of an ONNX model and what it says of itself; its nodes are passed over, and so
/// are constants in them. Three entries. "tensors": a dict; "metadata": a map of the model's
/// versions, producer, texts, `operator_sets` and `properties`; "packed": a map from the name of a
/// tensor of less than 8 bits an element to its type and shape, such as {"type": "INT4", "shape":
/// [3, 4]}: it is kept as it is, uint8 of one dimension.
///
/// External data is read from the files beside the model that it names, which may be in folders
/// below it, but through no link that leaves it. Bytes are read from the files as they are asked
/// for. Memory: the metadata, up to 64 MiB, and some hundred bytes for each tensor.
/// \throws Error corrupt, unsupported (sparse tensors, texts, segments; with `skip_unknown` left
///     out and reported), not_found (a file of external data), limit (a model of 2 GiB beside its
///     external data), unrepresentable (a name that is not UTF-8), io; unsupported for all files if
///     the library was built without protobuf
ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options);

}  // namespace statestone::onnx
