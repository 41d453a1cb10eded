#include "tests/codec/files/contents.h"

#include <span>

namespace statestone::testing {
namespace {

void Add(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
  out += ' ';
}

void Add(std::string& out, std::uint64_t number) {
  out += std::to_string(number);
  out += ' ';
}

void Add(std::string& out, std::span<const std::byte> bytes) {
  Add(out, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AddValue(std::string& out, const Value& value) {
  Add(out, static_cast<std::uint64_t>(value.kind()));
  Add(out, value.number());
  Add(out, value.imaginary());
  Add(out, value.raw_bytes());
  Add(out, value.raw_tensor());
  Add(out, value.raw_scope());
  Add(out, value.keys().size());
  for (const Value& key : value.keys()) AddValue(out, key);
  Add(out, value.items().size());
  for (const Value& item : value.items()) AddValue(out, item);
  Add(out, value.attributes().is_null() ? "no attributes" : "attributes");
  if (!value.attributes().is_null()) AddValue(out, value.attributes());
}

void AddModel(std::string& out, const ModelInfo& model) {
  Add(out, model.scope.index);
  Add(out, model.architecture);
  Add(out, model.architecture_version);
  AddValue(out, model.config);
  Add(out, static_cast<std::uint64_t>(model.training));
  for (const std::string& name : model.training_exceptions) Add(out, name);
  AddValue(out, model.metadata);
}

void AddEntry(std::string& out, const Reader& reader, const EntryInfo& entry) {
  Add(out, entry.name);
  Add(out, static_cast<std::uint64_t>(entry.kind));
  if (entry.kind == EntryKind::kValue) AddValue(out, reader.ReadValue(entry.name));
  if (entry.kind == EntryKind::kModel) AddModel(out, reader.ReadModel(entry.name));
  if (entry.kind != EntryKind::kAttachment) return;
  const AttachmentInfo attachment = reader.attachment(entry.name);
  Add(out, attachment.bytes);
  Add(out, attachment.media_type);
  Add(out, attachment.storage);
}

void AddTensor(std::string& out, const Reader& reader, TensorRef tensor) {
  const TensorInfo info = reader.tensor(tensor);
  Add(out, info.scope.index);
  Add(out, info.name);
  Add(out, info.dtype_name);
  for (const std::uint64_t dimension : info.shape) Add(out, dimension);
  for (const std::uint64_t stride : info.strides) Add(out, stride);
  Add(out, static_cast<std::uint64_t>(info.kind));
  Add(out, static_cast<std::uint64_t>(info.requires_grad));
  Add(out, info.storage);
  Add(out, info.offset);
  Add(out, reader.Read(tensor));
}

}  // namespace

std::string Describe(const Value& value) {
  std::string out;
  AddValue(out, value);
  return out;
}

std::string Contents(const Reader& reader) {
  std::string out;
  Add(out, reader.writer());
  Add(out, reader.generation());
  for (std::size_t i = 0; i < reader.entry_count(); ++i) AddEntry(out, reader, reader.entry(i));
  for (std::uint32_t scope = 0; scope < reader.scope_count(); ++scope) {
    for (const TensorRef tensor : reader.Tensors({scope})) Add(out, tensor.index);
  }
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) AddTensor(out, reader, {i});
  for (std::uint32_t i = 0; i < reader.storage_count(); ++i) {
    const std::uint64_t bytes = reader.storage(i).bytes;
    // More than any file of these tests has: a damaged index may say it.
    if (bytes > (1 << 20))
      throw Error(ErrorCode::kLimit, {.problem = "a storage too large to compare"});
    std::vector<std::byte> storage(bytes);
    reader.ReadStorage(i, storage);
    Add(out, storage);
  }
  for (const std::uint32_t group : reader.TieGroups()) Add(out, group);
  for (const std::string& path : reader.DisplayPaths()) Add(out, path);
  return out;
}

}  // namespace statestone::testing
