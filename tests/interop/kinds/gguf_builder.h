// GGUF files by hand, with every field open to be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/pickle_builder.h"

namespace statestone {

inline std::string GgufText(const std::string& text) {
  return Bytes(static_cast<std::uint64_t>(text.size())) + text;
}

struct GgufPair {
  std::string key;
  std::uint32_t type = 4;
  std::string value;
};

struct GgufTensor {
  std::string name = "w";
  std::vector<std::uint64_t> dims = {4};  ///< in the file's order
  std::uint32_t type = 0;                 ///< F32
  std::uint64_t offset = 0;
};

struct GgufFile {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::vector<GgufPair> pairs;
  std::vector<GgufTensor> tensors;
  std::uint64_t more_pairs = 0;    ///< announced and not there
  std::uint64_t more_tensors = 0;  ///< the same
  std::string data = "0123456789abcdef";
  std::uint64_t alignment = 32;

  std::string Build() const {
    std::string file = magic + Bytes(version) + Bytes(tensors.size() + more_tensors) +
                       Bytes(pairs.size() + more_pairs);
    for (const GgufPair& pair : pairs) file += GgufText(pair.key) + Bytes(pair.type) + pair.value;
    for (const GgufTensor& tensor : tensors) {
      file += GgufText(tensor.name) + Bytes(static_cast<std::uint32_t>(tensor.dims.size()));
      for (const std::uint64_t dim : tensor.dims) file += Bytes(dim);
      file += Bytes(tensor.type) + Bytes(tensor.offset);
    }
    file.resize((file.size() + alignment - 1) / alignment * alignment, '\0');
    return file + data;
  }
};

}  // namespace statestone
