// Storages that the pickle refers to, and where the file holds them.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interop/pickle/machine.h"
#include "interop/pt/container.h"
#include "interop/pt/storage_view.h"

namespace statestone::pt {

/// A storage, or a part of one, seen with the element type under which the pickle names it.
struct StorageView {
  StorageElement element;
  std::uint32_t record = 0;  ///< the same for all views of the same bytes
  std::uint64_t offset = 0;  ///< in the record's bytes
  std::uint64_t bytes = 0;
};

/// Finds and checks storages as they are asked for. Not thread-safe. Both arguments must outlive
/// it.
class Storages {
 public:
  Storages(const pickle::Pickle& pickle, Container& container)
      : pickle_(pickle), container_(container) {}

  /// What a storage object stands for. Constant time.
  /// \throws Error corrupt (no such record, or not of its size)
  StorageView At(pickle::ObjectId storage);

  /// The container's numbers of the storages asked for so far, by number of record.
  const std::vector<std::size_t>& records() const { return records_; }

 private:
  StorageView Resolve(pickle::ObjectId storage);
  void Narrow(StorageView& view, const StorageReference& reference, pickle::ObjectId storage) const;

  const pickle::Pickle& pickle_;
  Container& container_;
  std::unordered_map<pickle::ObjectId, StorageView> known_;
  std::unordered_map<std::size_t, std::uint32_t> numbers_;
  std::vector<std::size_t> records_;
};

}  // namespace statestone::pt
