#include "interop/safetensors/import.h"

#include <utility>

#include "interop/safetensors/metadata.h"
#include "statestone/display.h"

namespace statestone::safetensors {

TensorSource Describe(const std::shared_ptr<const file::ByteSource>& source,
                      const std::string& path, const Header& header, const HeaderTensor& tensor) {
  TensorSource described{.name = tensor.name, .dtype = *tensor.dtype->dtype, .shape = tensor.shape};
  // torch counts bytes of two elements each.
  if (tensor.dtype->bits < 8) described.shape.back() /= 2;
  if (tensor.begin == tensor.end) return described;
  described.pieces = [source, path, name = tensor.name, begin = header.data_offset + tensor.begin](
                         std::uint64_t offset, std::span<std::byte> out) {
    try {
      source->Read(begin + offset, out);
    } catch (const Error& error) {
      throw error.WithPath(path).WithEntry(EscapePathComponent(name));
    }
  };
  return described;
}

ImportedCheckpoint Import(const std::filesystem::path& path, const ImportOptions& /*options*/) {
  try {
    const std::shared_ptr<const file::ByteSource> source = file::OpenPositioned(path);
    const Header header = ReadHeader(*source);
    ImportedCheckpoint imported{.kind = FileKind::kSafetensors, .source_bytes = source->size()};
    const ScopeRef scope = imported.checkpoint.AddScope();
    for (const HeaderTensor& tensor : header.tensors) {
      imported.checkpoint.AddTensor(scope, Describe(source, path.string(), header, tensor));
    }
    Value attributes = AttributesOf(header.metadata);
    imported.checkpoint.AddValue("", attributes.is_null()
                                         ? Value::TensorDict(scope)
                                         : Value::OrderedTensorDict(scope, std::move(attributes)));
    return imported;
  } catch (const Error& error) {
    throw error.WithPath(path.string());
  }
}

}  // namespace statestone::safetensors
