#include "codec/append/keeper.h"

#include <utility>

#include "codec/layout/strided.h"
#include "codec/reader/reader_state.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/columns.h"

namespace statestone::append {

TensorRef Keeper::AddTensor(std::optional<ScopeRef> scope, TensorRef tensor) {
  const TensorInfo info = source().tensor(tensor);
  const schema::Tensor& row = source().state().index().tensors[tensor.index];
  writer::TensorRecord record;
  record.scope = scope ? scope->index : writer::kAnonymousScope;
  record.bytes = info.bytes;
  record.kept = {info.storage, info.offset, !info.strides.empty()};
  TensorSource& described = record.source;
  if (scope) {
    const auto renamed = names_.find(tensor.index);
    described.name = renamed == names_.end() ? std::string(info.name) : renamed->second;
  }
  described.dtype = static_cast<DType>(row.dtype());
  described.shape.assign(info.shape.begin(), info.shape.end());
  described.strides.assign(info.strides.begin(), info.strides.end());
  if (described.strides.empty()) described.strides = layout::RowMajorStrides(described.shape);
  described.kind = info.kind;
  described.requires_grad = info.requires_grad;
  return target().state().AddKept(std::move(record));
}

void Keeper::AddAttachment(std::string name, const AttachmentInfo& info) {
  AttachmentSource attachment{.bytes = info.bytes, .media_type = info.media_type};
  target().state().AddKeptEntry({std::move(name), std::move(attachment)}, info.storage);
}

void Keeper::AddBody(Checkpoint::Entry entry) {
  target().state().AddKeptEntry(std::move(entry), std::nullopt);
}

void Keeper::AddUnknownEntry(std::size_t number, std::string name) {
  container::UnknownEntry unknown = UnknownTables(number, name);
  std::optional<std::uint32_t> storage;
  if (const auto* attachment = source().state().index().entry(number).attachment()) {
    storage = attachment->storage();
    unknown.attachment = AttachmentSource{.bytes = source().storage(*storage).bytes};
    if (attachment->media_type() != nullptr) {
      unknown.attachment->media_type = attachment->media_type()->str();
    }
  }
  target().state().AddUnknownEntry(std::move(name), std::move(unknown), storage);
}

}  // namespace statestone::append
