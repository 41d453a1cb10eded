// Which storages of the generation before stay in use, and their rows in the new index.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/container/index.h"
#include "codec/container/index_builder.h"
#include "codec/writer/checkpoint_state.h"
#include "codec/writer/placement.h"

namespace statestone::writer {

/// The storages that kept tensors and attachments lie in, in the order they had.
class KeptStorages {
 public:
  /// `before` may be null where nothing is kept.
  KeptStorages(const Checkpoint::State& state, const container::Index* before);

  /// Numbers of the new index: kept storages first, then the written ones.
  std::uint32_t Number(std::uint32_t storage_before) const { return numbers_[storage_before]; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(kept_.size()); }

  /// Sets the places of kept tensors and moves those of the others behind the kept storages.
  void Place(const std::vector<TensorRecord>& tensors, Placement& placement) const;

  /// The first rows of the storage and chunk columns, and the dtypes of the future.
  void AddRows(container::IndexContent& content) const;

 private:
  const container::Index* before_;
  std::vector<std::uint32_t> kept_;     // storages of the generation before, ascending
  std::vector<std::uint32_t> numbers_;  // by storage of the generation before
};

}  // namespace statestone::writer
