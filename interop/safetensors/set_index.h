// The index of a set of safetensors files: which file each tensor is in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/file/byte_source.h"
#include "statestone/value.h"

namespace statestone::safetensors {

/// As long as a header may be: it names the same tensors.
inline constexpr std::uint64_t kMostIndexBytes = 100'000'000;

/// Files of one set, each open at the same time.
inline constexpr std::size_t kMostFiles = 10'000;

struct SetIndex {
  struct Place {
    std::uint32_t file = 0;
    bool found = false;  ///< for the reader of the files
  };
  std::vector<std::string> files;                 ///< each once, sorted; names without folders
  std::unordered_map<std::string, Place> places;  ///< by the tensor's name
  Value metadata;                                 ///< what stands under "metadata", or null
};

/// \throws Error corrupt (not as the format has it, a tensor twice, a file named by a path), limit,
///     io
SetIndex ReadSetIndex(const file::ByteSource& source);

/// Whether a text is the start of such an index: an object that starts with one of its keys.
bool LooksLikeSetIndex(std::string_view first_bytes);

}  // namespace statestone::safetensors
