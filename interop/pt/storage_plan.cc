#include "interop/pt/storage_plan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "codec/layout/strided.h"

namespace statestone::pt {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// A multiple of every element size.
constexpr std::uint64_t kPieceBytes = 1ull << 20;

struct ClassRow {
  DType dtype;
  std::string_view name;
};

constexpr std::array<ClassRow, 12> kClasses = {{{DType::kFloat32, "FloatStorage"},
                                                {DType::kFloat64, "DoubleStorage"},
                                                {DType::kFloat16, "HalfStorage"},
                                                {DType::kBFloat16, "BFloat16Storage"},
                                                {DType::kInt64, "LongStorage"},
                                                {DType::kInt32, "IntStorage"},
                                                {DType::kInt16, "ShortStorage"},
                                                {DType::kInt8, "CharStorage"},
                                                {DType::kUInt8, "ByteStorage"},
                                                {DType::kBool, "BoolStorage"},
                                                {DType::kComplex64, "ComplexFloatStorage"},
                                                {DType::kComplex128, "ComplexDoubleStorage"}}};

layout::Layout LayoutOf(const TensorSource& tensor) {
  return {tensor.shape, tensor.strides, ElementBytes(tensor.dtype)};
}

const std::byte* DataOf(const TensorSource& tensor) {
  return static_cast<const std::byte*>(tensor.data);
}

bool KeepsStridesAlone(const TensorSource& tensor, std::uint64_t bytes) {
  const layout::Layout layout = LayoutOf(tensor);
  if (tensor.pieces || bytes == 0 || layout::IsRowMajor(layout)) return false;
  return layout::IsDense(layout) || layout::ExtentBytes(layout) < bytes;
}

}  // namespace

std::string_view StorageClass(DType dtype) noexcept {
  const auto* row = std::ranges::find(kClasses, dtype, &ClassRow::dtype);
  return row == kClasses.end() ? std::string_view() : row->name;
}

StoragePlan::StoragePlan(const Checkpoint& checkpoint, std::vector<LostEntry>& lost)
    : checkpoint_(checkpoint), storage_of_(checkpoint.tensor_count(), kNone) {
  const std::vector<std::uint32_t> groups = checkpoint.TieGroups();
  std::vector<std::vector<TensorRef>> tied;
  for (std::uint32_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == 0) {
      PlanAlone({i});
      continue;
    }
    if (tied.size() < groups[i]) tied.resize(groups[i]);
    tied[groups[i] - 1].push_back({i});
  }
  for (const auto& tensors : tied) PlanTied(tensors, lost);
  number_of_.assign(storages_.size(), kNone);
}

void StoragePlan::PlanAlone(TensorRef ref) {
  const TensorSource& tensor = checkpoint_.tensor(ref);
  const std::uint64_t bytes = checkpoint_.tensor_bytes(ref);
  Storage storage{.bytes = bytes,
                  .dtype = tensor.dtype,
                  .untyped = StorageClass(tensor.dtype).empty(),
                  .tensors = {ref}};
  if (KeepsStridesAlone(tensor, bytes)) {
    storage.bytes = layout::ExtentBytes(LayoutOf(tensor));
    storage.base = DataOf(tensor);
  }
  storage_of_[ref.index] = static_cast<std::uint32_t>(storages_.size());
  storages_.push_back(std::move(storage));
}

void StoragePlan::PlanTied(std::span<const TensorRef> tensors, std::vector<LostEntry>& lost) {
  const TensorSource& first = checkpoint_.tensor(tensors.front());
  Storage storage{.dtype = first.dtype,
                  .untyped = StorageClass(first.dtype).empty(),
                  .tensors = {tensors.begin(), tensors.end()},
                  .base = DataOf(first)};
  const std::byte* end = storage.base;
  for (const TensorRef ref : tensors) {
    const TensorSource& tensor = checkpoint_.tensor(ref);
    storage.base = std::min(storage.base, DataOf(tensor));
    end = std::max(end, DataOf(tensor) + layout::ExtentBytes(LayoutOf(tensor)));
    storage.untyped = storage.untyped || tensor.dtype != storage.dtype;
  }
  storage.bytes = static_cast<std::uint64_t>(end - storage.base);
  const bool whole = std::ranges::all_of(tensors, [&](TensorRef ref) {
    const TensorSource& tensor = checkpoint_.tensor(ref);
    return (DataOf(tensor) - storage.base) % ElementBytes(tensor.dtype) == 0;
  });
  if (!whole) {
    const std::string path = checkpoint_.DisplayPaths()[tensors.front().index];
    for (const TensorRef ref : tensors) PlanAlone(ref);
    lost.push_back({path, "its tie to others that are no whole number of elements away"});
    return;
  }
  for (const TensorRef ref : tensors) {
    storage_of_[ref.index] = static_cast<std::uint32_t>(storages_.size());
  }
  storages_.push_back(std::move(storage));
}

StoragePlan::View StoragePlan::Place(TensorRef ref) {
  const std::uint32_t index = storage_of_[ref.index];
  std::uint32_t& number = number_of_[index];
  if (number == kNone) {
    number = static_cast<std::uint32_t>(order_.size());
    order_.push_back(index);
  }
  const TensorSource& tensor = checkpoint_.tensor(ref);
  View view{.number = number};
  if (const std::byte* base = storages_[index].base) {
    view.offset = static_cast<std::uint64_t>(DataOf(tensor) - base) / ElementBytes(tensor.dtype);
    view.strides = tensor.strides;
  } else {
    view.strides = layout::RowMajorStrides(tensor.shape);
  }
  return view;
}

bool StoragePlan::IsPlaced(TensorRef tensor) const {
  return number_of_[storage_of_[tensor.index]] != kNone;
}

std::uint64_t StoragePlan::total_bytes() const {
  std::uint64_t total = 0;
  for (const std::uint32_t index : order_) total += storages_[index].bytes;
  return total;
}

void StoragePlan::Read(std::uint32_t number,
                       const std::function<void(std::span<const std::byte>)>& take) const {
  const Storage& storage = at(number);
  std::vector<std::byte> buffer(std::min(kPieceBytes, storage.bytes));
  for (std::uint64_t begin = 0; begin < storage.bytes; begin += buffer.size()) {
    const std::uint64_t end = std::min<std::uint64_t>(begin + buffer.size(), storage.bytes);
    const auto piece = std::span(buffer).first(end - begin);
    if (storage.base == nullptr) {
      checkpoint_.Read(storage.tensors.front(), begin, piece);
      take(piece);
      continue;
    }
    std::ranges::fill(piece, std::byte{0});
    for (const TensorRef ref : storage.tensors) {
      const TensorSource& tensor = checkpoint_.tensor(ref);
      const auto offset = static_cast<std::uint64_t>(DataOf(tensor) - storage.base);
      if (offset >= end) continue;
      layout::ForEachRun(LayoutOf(tensor), begin > offset ? begin - offset : 0, end - offset,
                         [&](std::uint64_t at, std::uint64_t size) {
                           std::memcpy(piece.data() + (offset + at - begin), DataOf(tensor) + at,
                                       size);
                         });
    }
    take(piece);
  }
}

}  // namespace statestone::pt
