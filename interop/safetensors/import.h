// safetensors files and sets of them, described.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "codec/file/byte_source.h"
#include "interop/safetensors/header.h"
#include "statestone/import.h"

namespace statestone::safetensors {

/// One file: a tensor dict under the empty entry name, its tensors in the order of their data. With
/// `__metadata__` it is an ordered one that has the texts as an attribute of that name. Bytes are
/// read from the file as they are asked for. Memory: see ReadHeader.
/// \throws Error corrupt, limit, unsupported, io, each with the name of the tensor
ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options);

/// A description of one of the header's tensors, that reads from `source`. `path` is for errors
/// while it is read.
TensorSource Describe(const std::shared_ptr<const file::ByteSource>& source,
                      const std::string& path, const Header& header, const HeaderTensor& tensor);

}  // namespace statestone::safetensors
