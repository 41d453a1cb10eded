// Checkpoints in the container before torch 1.6 by hand, with every part open to be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/pickle_builder.h"

namespace statestone {

struct LegacyStorage {
  std::string key = "0";
  std::int64_t elements = 4;  ///< as the file says it
  std::string data = "0123456789ABCDEF";
};

/// The pickles in the order of the file, then the storages.
struct LegacyParts {
  std::string magic = pk::Proto(2) + "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
  std::string version = pk::Done("M\xE9\x03");
  std::string system = pk::Done(
      pk::Dict(pk::Text("protocol_version") + "M\xE9\x03" + pk::Text("little_endian") + "\x88"));
  std::string value;
  std::string keys = pk::Done(pk::List(pk::Text("0")));
  std::vector<LegacyStorage> storages = {LegacyStorage{}};

  std::string Build() const {
    std::string file = magic + version + system + value + keys;
    for (const LegacyStorage& storage : storages) file += Bytes(storage.elements) + storage.data;
    return file;
  }
};

namespace pk {

/// A reference to a storage as this container has it; `view` is an object of the pickle.
inline std::string LegacyStorage(const std::string& kind, const std::string& key,
                                 const std::string& elements, const std::string& view = "N") {
  return Tuple(Text("storage") + Global("torch", kind) + Text(key) + Text("cpu") + elements +
               view) +
         "Q";
}

/// Four float32 in the storage "0".
inline std::string LegacyTensor(const std::string& view = "N") {
  return Tensor(LegacyStorage("FloatStorage", "0", Int(4), view), Int(0), Int(4), Int(1));
}

}  // namespace pk

/// A checkpoint {"a": [7, a tensor]}.
inline LegacyParts LegacyCheckpoint() {
  LegacyParts parts;
  parts.value = pk::Done(pk::Dict(pk::Text("a") + pk::List(pk::Int(7) + pk::LegacyTensor())));
  return parts;
}

}  // namespace statestone
