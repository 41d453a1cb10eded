#include "tests/codec/files/forged_index.h"

#include "codec/bytes/hash.h"

namespace statestone::testing {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

std::vector<Offset<flatbuffers::String>> Strings(FlatBufferBuilder& builder,
                                                 const std::vector<std::string>& texts) {
  std::vector<Offset<flatbuffers::String>> out;
  for (const std::string& text : texts) out.push_back(builder.CreateString(text));
  return out;
}

std::vector<Offset<schema::ForeignDType>> ForeignRows(FlatBufferBuilder& builder,
                                                      const ForgedIndex& index) {
  std::vector<Offset<schema::ForeignDType>> rows;
  for (const auto& [number, bits, name] : index.foreign_dtypes) {
    const auto text =
        index.share_foreign_names ? builder.CreateSharedString(name) : builder.CreateString(name);
    rows.push_back(schema::CreateForeignDType(builder, number, bits, text));
  }
  return rows;
}

std::vector<Offset<schema::Entry>> Entries(FlatBufferBuilder& builder, const ForgedIndex& index) {
  std::vector<Offset<schema::Entry>> entries;
  const auto root =
      schema::CreateValue(builder, static_cast<schema::ValueKind>(index.root_kind), 0, 0, 0, 0, 0,
                          0xFFFFFFFF, index.root_kind == 0 ? 0xFFFFFFFF : 0);
  entries.push_back(schema::CreateEntry(builder, builder.CreateString(index.entry_name),
                                        schema::EntryKind::value, root));
  if (index.extra_value) {
    const auto value = index.extra_value(builder);
    entries.push_back(schema::CreateEntry(builder, builder.CreateString("value"),
                                          static_cast<schema::EntryKind>(index.extra_kind), value));
  }
  return entries;
}

constexpr std::uint8_t kChunkUnitsLog2 = 18;

}  // namespace

Offset<schema::Index> ForgedIndex::Build(FlatBufferBuilder& builder,
                                         std::uint64_t payload_at) const {
  const auto read = builder.CreateVector(Strings(builder, read_features));
  const auto write = builder.CreateVector(Strings(builder, write_features));
  const auto writer_text = builder.CreateString(writer);
  const auto entries = builder.CreateVector(Entries(builder, *this));
  const auto rows = builder.CreateVector(ForeignRows(builder, *this));
  std::vector<schema::Scope> scopes = {{1, 0}};
  scopes.resize(1 + more_scopes, {1, 0});
  const std::vector<schema::Tensor> tensors = {{static_cast<std::uint32_t>(name.size()),
                                                static_cast<std::uint32_t>(dims.size()), 0, dtype,
                                                kind, flags, offset}};
  const std::vector<schema::Storage> storages = {
      {payload_bytes, 0, storage_unit, storage_filter, kChunkUnitsLog2, storage_layout}};
  const std::string payload = Payload();
  const std::uint64_t sum = bytes::Xxh3(std::as_bytes(std::span(payload)));
  const std::vector<schema::Chunk> chunks = {
      {payload_at, sum, sum, static_cast<std::uint32_t>(payload_bytes), 0}};
  const auto scope_vector = builder.CreateVectorOfStructs(scopes);
  const auto tensor_vector = builder.CreateVectorOfStructs(tensors);
  const auto name_vector =
      builder.CreateVector(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
  const auto dim_vector = builder.CreateVector(dims);
  std::vector<schema::StridedTensor> strided;
  if (!strides.empty()) strided.emplace_back(0u, 0u);
  const auto strided_vector = builder.CreateVectorOfStructs(strided);
  const auto stride_vector = builder.CreateVector(strides);
  const auto storage_vector = builder.CreateVectorOfStructs(storages);
  const auto chunk_vector = builder.CreateVectorOfStructs(chunks);
  return schema::CreateIndex(builder, read, write, writer_text, entries, scope_vector,
                             tensor_vector, name_vector, dim_vector, 0, strided_vector,
                             stride_vector, storage_vector, chunk_vector, rows);
}

std::string ForgedIndex::Payload() const { return std::string(payload_bytes, 'p'); }

FileBytes ForgedIndex::File() const {
  return ForgedFile(Payload(), [this](FlatBufferBuilder& builder) {
    return Build(builder, container::kHeadBytes);
  });
}

}  // namespace statestone::testing
