// A small file with one model of one tensor whose index says what a test wants it to say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/codec/files/stone_editor.h"

namespace statestone::testing {

struct ForgedIndex {
  struct ForeignDtype {
    std::uint8_t number;
    std::uint16_t bits;
    std::string name;
  };
  using BuildValue =
      std::function<flatbuffers::Offset<schema::Value>(flatbuffers::FlatBufferBuilder&)>;

  std::vector<std::string> read_features;
  std::vector<std::string> write_features;
  std::string writer = "forged";
  std::vector<ForeignDtype> foreign_dtypes;
  bool share_foreign_names = false;  ///< one string for all rows

  std::string entry_name = "model";
  std::uint8_t root_kind = 20;  ///< the value kind of that entry; 0 leaves its scope unused
  std::string name = "weight";
  std::vector<std::uint64_t> dims = {16};
  std::vector<std::uint64_t> strides;  ///< empty: none stored
  std::uint8_t dtype = 18;             ///< float32
  std::uint8_t kind = 0;
  std::uint16_t flags = 0;
  std::uint64_t offset = 0;

  std::uint64_t payload_bytes = 64;
  std::uint8_t storage_unit = 4;
  std::uint8_t storage_filter = 0;
  std::uint8_t storage_layout = 0;

  std::uint32_t more_scopes = 0;  ///< empty ones that nothing uses

  BuildValue extra_value;  ///< of one more entry, "value", if there is one
  std::uint8_t extra_kind = 0;

  /// The table of the index; `payload_at` is where the payload starts.
  flatbuffers::Offset<schema::Index> Build(flatbuffers::FlatBufferBuilder& builder,
                                           std::uint64_t payload_at) const;
  std::string Payload() const;
  FileBytes File() const;
};

}  // namespace statestone::testing
