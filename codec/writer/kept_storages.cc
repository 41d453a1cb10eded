#include "codec/writer/kept_storages.h"

namespace statestone::writer {

KeptStorages::KeptStorages(const Checkpoint::State& state, const container::Index* before)
    : before_(before) {
  if (before == nullptr) return;
  std::vector<bool> used(before->storages.size());
  for (const TensorRecord& tensor : state.tensors) {
    if (tensor.kept) used[tensor.kept->storage] = true;
  }
  for (const auto& storage : state.kept_attachments) {
    if (storage) used[*storage] = true;
  }
  numbers_.resize(used.size());
  for (std::uint32_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    numbers_[i] = count();
    kept_.push_back(i);
  }
}

void KeptStorages::Place(const std::vector<TensorRecord>& tensors, Placement& placement) const {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    writer::Place& place = placement.tensors[i];
    if (const auto& kept = tensors[i].kept) {
      place = {Number(kept->storage), kept->offset, kept->keeps_strides};
    } else {
      place.storage += count();
    }
  }
}

void KeptStorages::AddRows(container::IndexContent& content) const {
  for (const std::uint32_t i : kept_) {
    schema::Storage row = before_->storages[i];
    const auto chunks = before_->chunks.subspan(row.first_chunk(), before_->chunk_count(row));
    row.mutate_first_chunk(static_cast<std::uint32_t>(content.chunks.size()));
    content.storages.push_back(row);
    content.chunks.insert(content.chunks.end(), chunks.begin(), chunks.end());
  }
  if (before_ == nullptr || before_->root().foreign_dtypes() == nullptr) return;
  for (const auto* row : *before_->root().foreign_dtypes()) {
    content.foreign_dtypes.push_back({row->number(), row->bits(), row->name()->str()});
  }
}

}  // namespace statestone::writer
