// Builds the FlatBuffer of an index from plain columns and entries.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "schema/statestone_generated.h"
#include "statestone/checkpoint.h"

namespace statestone::container {

/// An entry of a kind of the future, carried over from a generation to the next.
struct UnknownEntry {
  std::uint8_t kind = 0;
  std::optional<Value> value;
  std::optional<ModelSource> model;
  std::optional<AttachmentSource> attachment;
};

/// An index before it is bytes. TensorRefs and ScopeRefs in `entries` are numbers of the
/// description; `tensor_index[ref]` and `scope_index[ref]` say where they stand in the columns.
struct IndexContent {
  std::string writer;
  std::span<const Checkpoint::Entry> entries;
  const std::unordered_map<std::size_t, UnknownEntry>* unknown = nullptr;  ///< by place in entries
  std::vector<schema::Scope> scopes;
  std::vector<schema::Tensor> tensors;
  std::string names;
  std::vector<std::uint64_t> dims;
  std::vector<std::uint32_t> order;  ///< empty if it is the sorted order
  std::vector<schema::StridedTensor> strided;
  std::vector<std::uint64_t> strides;
  std::vector<schema::Storage> storages;
  std::vector<schema::Chunk> chunks;

  std::vector<std::uint32_t> tensor_index;
  std::vector<std::uint32_t> scope_index;
  std::vector<std::uint32_t> attachment_storages;  ///< in the order of the entries

  /// Dtypes of the future that kept tensors have.
  struct ForeignDType {
    std::uint8_t number = 0;
    std::uint16_t bits = 0;
    std::string name;
  };
  std::vector<ForeignDType> foreign_dtypes;
};

/// The bytes of the index; the same content gives the same bytes. \throws Error limit
flatbuffers::DetachedBuffer BuildIndex(const IndexContent& content);

}  // namespace statestone::container
