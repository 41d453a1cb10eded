// The header of a safetensors file: a length, then JSON that says where each tensor is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/file/byte_source.h"
#include "interop/safetensors/dtype_names.h"

namespace statestone::safetensors {

/// The reference library neither reads nor writes a longer header.
inline constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

/// The key of the header that is no tensor's name.
inline constexpr std::string_view kMetadataKey = "__metadata__";

/// Texts under texts, in order, no key twice.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct HeaderTensor {
  std::string name;
  const DTypeRow* dtype = nullptr;
  std::vector<std::uint64_t> shape;  ///< as headers count: two elements of F4 to a byte
  std::uint64_t begin = 0;           ///< in the data behind the header
  std::uint64_t end = 0;
};

struct Header {
  std::optional<Metadata> metadata;
  /// In order of their data; those without data at one place as the header has them.
  std::vector<HeaderTensor> tensors;
  std::uint64_t data_offset = 0;  ///< in the file
};

/// Reads and checks a header against the file: tensors are of the size of their shapes, and follow
/// each other without holes or overlaps to the file's last byte. Memory: the header once, and about
/// ten times that of its shortest entries.
/// \throws Error corrupt, limit (header, rank), unsupported (dtype), io
Header ReadHeader(const file::ByteSource& source);

}  // namespace statestone::safetensors
