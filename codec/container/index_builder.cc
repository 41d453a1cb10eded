#include "codec/container/index_builder.h"

#include "statestone/error.h"
#include "statestone/limits.h"

namespace statestone::container {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

constexpr std::uint32_t kNone = 0xFFFFFFFF;

class Builder {
 public:
  explicit Builder(const IndexContent& content)
      : content_(content), builder_(1024 + ColumnBytes()) {}

  flatbuffers::DetachedBuffer Build() {
    // Builders grow by copying and stop at 2 GiB with an assertion, so ask before, not after.
    CheckSize(ColumnBytes());
    std::vector<Offset<schema::Entry>> entries;
    for (std::size_t i = 0; i < content_.entries.size(); ++i) {
      const UnknownEntry* unknown = nullptr;
      if (content_.unknown != nullptr && content_.unknown->contains(i)) {
        unknown = &content_.unknown->at(i);
      }
      entries.push_back(Entry(content_.entries[i], unknown));
    }
    const auto writer = Text(content_.writer);
    const auto entry_vector = VectorOrNone(entries);
    const auto scopes = StructsOrNone(content_.scopes);
    const auto tensors = StructsOrNone(content_.tensors);
    Offset<flatbuffers::Vector<std::uint8_t>> names;
    if (!content_.names.empty()) names = Bytes(content_.names);
    const auto dims = NumbersOrNone(content_.dims);
    const auto order = NumbersOrNone(content_.order);
    const auto strided = StructsOrNone(content_.strided);
    const auto strides = NumbersOrNone(content_.strides);
    const auto storages = StructsOrNone(content_.storages);
    const auto chunks = StructsOrNone(content_.chunks);
    const auto foreign_dtypes = ForeignDTypes();
    schema::IndexBuilder index(builder_);
    index.add_writer(writer);
    index.add_entries(entry_vector);
    index.add_scopes(scopes);
    index.add_tensors(tensors);
    index.add_names(names);
    index.add_dims(dims);
    index.add_order(order);
    index.add_strided(strided);
    index.add_strides(strides);
    index.add_storages(storages);
    index.add_chunks(chunks);
    index.add_foreign_dtypes(foreign_dtypes);
    schema::FinishIndexBuffer(builder_, index.Finish());
    CheckSize(builder_.GetSize());
    return builder_.Release();
  }

 private:
  std::size_t ColumnBytes() const {
    return content_.names.size() + content_.scopes.size() * sizeof(schema::Scope) +
           content_.tensors.size() * sizeof(schema::Tensor) + content_.dims.size() * 8 +
           content_.order.size() * 4 + content_.strided.size() * sizeof(schema::StridedTensor) +
           content_.strides.size() * 8 + content_.storages.size() * sizeof(schema::Storage) +
           content_.chunks.size() * sizeof(schema::Chunk);
  }

  void CheckSize(std::uint64_t bytes) const {
    if (bytes <= limits::kIndexBytes) return;
    throw Error(ErrorCode::kLimit,
                {.problem = "the index would be larger than the format allows",
                 .expected = "at most " + std::to_string(limits::kIndexBytes),
                 .found = std::to_string(bytes),
                 .advice = "split the checkpoint, or hand large texts over as attachments"});
  }

  template <typename Struct>
  Offset<flatbuffers::Vector<const Struct*>> StructsOrNone(const std::vector<Struct>& column) {
    if (column.empty()) return 0;
    return builder_.CreateVectorOfStructs(column);
  }

  template <typename Number>
  Offset<flatbuffers::Vector<Number>> NumbersOrNone(const std::vector<Number>& column) {
    if (column.empty()) return 0;
    return builder_.CreateVector(column);
  }

  template <typename Table>
  Offset<flatbuffers::Vector<Offset<Table>>> VectorOrNone(
      const std::vector<Offset<Table>>& tables) {
    if (tables.empty()) return 0;
    return builder_.CreateVector(tables);
  }

  Offset<flatbuffers::Vector<Offset<schema::ForeignDType>>> ForeignDTypes() {
    std::vector<Offset<schema::ForeignDType>> rows;
    for (const IndexContent::ForeignDType& row : content_.foreign_dtypes) {
      const auto name = builder_.CreateString(row.name);
      schema::ForeignDTypeBuilder table(builder_);
      table.add_number(row.number);
      table.add_bits(row.bits);
      table.add_name(name);
      rows.push_back(table.Finish());
    }
    return VectorOrNone(rows);
  }

  Offset<flatbuffers::String> Text(const std::string& text) {
    if (text.empty()) return 0;
    return builder_.CreateString(text);
  }

  Offset<flatbuffers::Vector<std::uint8_t>> Bytes(const std::string& bytes) {
    CheckSize(builder_.GetSize() + bytes.size());
    return builder_.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }

  static std::uint32_t Mapped(std::uint32_t ref, const std::vector<std::uint32_t>& index) {
    return ref == kNone ? kNone : index[ref];
  }

  // Depth is bounded by the writer's preflight.
  Offset<schema::Value> ValueTree(const Value& value) {  // NOLINT(misc-no-recursion)
    std::vector<Offset<schema::Value>> keys;
    std::vector<Offset<schema::Value>> items;
    for (const Value& key : value.keys()) keys.push_back(ValueTree(key));
    for (const Value& item : value.items()) items.push_back(ValueTree(item));
    Offset<schema::Value> attributes;
    if (!value.attributes().is_null()) attributes = ValueTree(value.attributes());
    const auto key_vector = VectorOrNone(keys);
    const auto item_vector = VectorOrNone(items);
    Offset<flatbuffers::Vector<std::uint8_t>> bytes;
    if (!value.raw_bytes().empty()) bytes = Bytes(value.raw_bytes());
    schema::ValueBuilder table(builder_);
    table.add_number(value.number());
    table.add_imaginary(value.imaginary());
    table.add_bytes(bytes);
    table.add_keys(key_vector);
    table.add_items(item_vector);
    table.add_tensor(Mapped(value.raw_tensor(), content_.tensor_index));
    table.add_scope(Mapped(value.raw_scope(), content_.scope_index));
    table.add_attributes(attributes);
    table.add_kind(static_cast<schema::ValueKind>(value.kind()));
    return table.Finish();
  }

  Offset<schema::Model> Model(const ModelSource& model) {
    Offset<schema::Value> config;
    if (!model.config.is_null()) config = ValueTree(model.config);
    Offset<schema::Value> metadata;
    if (!model.metadata.is_null()) metadata = ValueTree(model.metadata);
    const auto architecture = Text(model.architecture);
    const auto version = Text(model.architecture_version);
    std::vector<Offset<schema::Value>> names;
    for (const std::string& name : model.training_exceptions) names.push_back(ValueTree(name));
    const auto exceptions = VectorOrNone(names);
    schema::ModelBuilder table(builder_);
    table.add_scope(Mapped(model.scope.index, content_.scope_index));
    table.add_architecture(architecture);
    table.add_architecture_version(version);
    table.add_config(config);
    table.add_training(static_cast<schema::TrainingMode>(model.training));
    table.add_training_exceptions(exceptions);
    table.add_metadata(metadata);
    return table.Finish();
  }

  Offset<schema::Attachment> Attachment(const AttachmentSource& attachment) {
    const auto media_type = Text(attachment.media_type);
    schema::AttachmentBuilder table(builder_);
    table.add_storage(content_.attachment_storages[next_attachment_++]);
    table.add_media_type(media_type);
    return table.Finish();
  }

  Offset<schema::Entry> Entry(const Checkpoint::Entry& entry, const UnknownEntry* unknown) {
    Offset<schema::Value> value;
    Offset<schema::Model> model;
    Offset<schema::Attachment> attachment;
    auto kind = static_cast<schema::EntryKind>(entry.body.index());
    if (unknown != nullptr) {
      kind = static_cast<schema::EntryKind>(unknown->kind);
      if (unknown->value) value = ValueTree(*unknown->value);
      if (unknown->model) model = Model(*unknown->model);
      if (unknown->attachment) attachment = Attachment(*unknown->attachment);
    } else {
      if (const auto* v = std::get_if<Value>(&entry.body)) value = ValueTree(*v);
      if (const auto* m = std::get_if<ModelSource>(&entry.body)) model = Model(*m);
      if (const auto* a = std::get_if<AttachmentSource>(&entry.body)) attachment = Attachment(*a);
    }
    const auto name = builder_.CreateString(entry.name);
    schema::EntryBuilder table(builder_);
    table.add_name(name);
    table.add_kind(kind);
    table.add_value(value);
    table.add_model(model);
    table.add_attachment(attachment);
    return table.Finish();
  }

  const IndexContent& content_;
  FlatBufferBuilder builder_;
  std::size_t next_attachment_ = 0;
};

}  // namespace

flatbuffers::DetachedBuffer BuildIndex(const IndexContent& content) {
  return Builder(content).Build();
}

}  // namespace statestone::container
