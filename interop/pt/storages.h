// Storages that the pickle refers to, and the records that hold them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "interop/pickle/machine.h"
#include "interop/pt/archive.h"
#include "statestone/dtype.h"

namespace statestone::pt {

/// A storage, seen with the element type under which the pickle names it.
struct StorageView {
  DType dtype = DType::kUInt8;
  std::uint64_t bytes = 0;
  std::uint32_t record = 0;  ///< the same for all views of the same bytes
};

/// Finds and checks storages as they are asked for. Not thread-safe. Both arguments must outlive
/// it.
class Storages {
 public:
  Storages(const pickle::Pickle& pickle, Archive& archive) : pickle_(pickle), archive_(archive) {}

  /// What a storage object stands for. Constant time.
  /// \throws Error corrupt (no such record, or not of its size), unrepresentable (quantized)
  StorageView At(pickle::ObjectId storage);

  /// Records asked for so far, by number.
  const std::vector<const ZipEntry*>& entries() const { return entries_; }

 private:
  StorageView Resolve(pickle::ObjectId storage);
  DType ElementType(pickle::ObjectId storage_class, std::uint64_t offset) const;

  const pickle::Pickle& pickle_;
  Archive& archive_;
  std::unordered_map<pickle::ObjectId, StorageView> known_;
  std::unordered_map<const ZipEntry*, std::uint32_t> numbers_;
  std::vector<const ZipEntry*> entries_;
};

}  // namespace statestone::pt
