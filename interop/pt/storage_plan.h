// Which storage of a .pt file each tensor is in, and the bytes of each.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/export.h"

namespace statestone::pt {

/// Tied tensors share one storage that spans them; all others have one each. Tensors whose elements
/// fill their memory keep their strides, and so do those that repeat it and tied ones; all others
/// become row-major, as in a .stone file. Storages are numbered as they are asked for. Not
/// thread-safe. Memory: about 100 bytes for each tensor.
class StoragePlan {
 public:
  struct Storage {
    std::uint64_t bytes = 0;
    DType dtype = DType::kFloat32;
    bool untyped = false;  ///< its tensors are of several dtypes, or of one without storages
    std::vector<TensorRef> tensors;
    const std::byte* base = nullptr;  ///< of those that keep their strides
  };

  struct View {
    std::uint32_t number = 0;
    std::uint64_t offset = 0;  ///< in elements of the tensor
    std::vector<std::uint64_t> strides;
  };

  /// The checkpoint must outlive it. Ties that torch cannot have are listed in `lost`: tensors that
  /// are no whole number of elements apart.
  StoragePlan(const Checkpoint& checkpoint, std::vector<LostEntry>& lost);

  /// Where a tensor is. The first time one of a storage's tensors is asked for, the storage gets
  /// its number.
  View Place(TensorRef tensor);
  bool IsPlaced(TensorRef tensor) const;

  /// The storages that have a number, by number.
  std::size_t size() const { return order_.size(); }
  const Storage& at(std::uint32_t number) const { return storages_[order_[number]]; }
  std::uint64_t total_bytes() const;

  /// Hands over the bytes of a storage in order, in pieces. Bytes that no tensor covers are zero.
  void Read(std::uint32_t number,
            const std::function<void(std::span<const std::byte>)>& take) const;

 private:
  void PlanAlone(TensorRef tensor);
  void PlanTied(std::span<const TensorRef> tensors, std::vector<LostEntry>& lost);

  const Checkpoint& checkpoint_;
  std::vector<Storage> storages_;
  std::vector<std::uint32_t> storage_of_;  // by tensor
  std::vector<std::uint32_t> number_of_;   // by storage
  std::vector<std::uint32_t> order_;       // by number
};

/// "FloatStorage" for float32, or empty for dtypes that have none of their own.
std::string_view StorageClass(DType dtype) noexcept;

}  // namespace statestone::pt
