#include "codec/writer/placement.h"

#include <algorithm>
#include <array>
#include <optional>

#include "codec/bytes/checked.h"

namespace statestone::writer {
namespace {

constexpr std::uint64_t kPackBytes = 64 << 10;

std::uintptr_t Address(const TensorRecord& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.data());
}

std::uint64_t Extent(const TensorRecord& tensor) { return layout::ExtentBytes(tensor.layout()); }

std::uint64_t PackAlignment(std::uint64_t bytes) { return bytes >= 64 ? 64 : bytes >= 16 ? 16 : 8; }

class Placer {
 public:
  explicit Placer(const std::vector<TensorRecord>& tensors)
      : tensors_(tensors), ties_(FindTies(tensors)) {
    placement_.tensors.resize(tensors.size());
    placed_.resize(ties_.members.size());
  }

  Placement Place() {
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
      if (tensors_[i].kept) continue;
      const std::uint32_t group = ties_.of[i];
      if (group == kUntied) {
        PlaceAlone(i);
      } else if (!placed_[group]) {
        PlaceGroup(ties_.members[group], i);
        placed_[group] = true;
      }
    }
    return std::move(placement_);
  }

 private:
  std::uint32_t NewStorage(DType dtype) {
    const DTypeInfo& info = Info(dtype);
    placement_.storages.push_back({.unit = info.unit, .rotate = info.rotate});
    return static_cast<std::uint32_t>(placement_.storages.size() - 1);
  }

  void PlaceAlone(std::uint32_t i) {
    const TensorRecord& tensor = tensors_[i];
    const std::uint64_t extent = Extent(tensor);
    Part part{Part::Kind::kDirect, i, 0, tensor.bytes};
    bool keeps_strides = false;
    if (tensor.source.pieces) {
      part.kind = Part::Kind::kPieces;
    } else if (!layout::IsRowMajor(tensor.layout())) {
      if (extent < tensor.bytes) {
        // It overlaps itself (expand): row-major order could be larger than any memory.
        part.kind = Part::Kind::kOverlay;
        part.bytes = extent;
        keeps_strides = true;
      } else if (layout::IsDense(tensor.layout())) {
        keeps_strides = true;
      } else {
        part.kind = Part::Kind::kGather;
      }
    }
    if (part.bytes < kPackBytes) {
      PlaceInPack(part, keeps_strides);
      return;
    }
    const std::uint32_t storage = NewStorage(tensor.source.dtype);
    placement_.storages[storage].bytes = part.bytes;
    placement_.storages[storage].parts.push_back(part);
    placement_.tensors[i] = {storage, 0, keeps_strides};
  }

  void PlaceInPack(Part part, bool keeps_strides) {
    const DType dtype = tensors_[part.tensor].source.dtype;
    const DTypeInfo& info = Info(dtype);
    std::optional<std::uint32_t>& open = open_packs_[info.unit][info.rotate];
    std::uint64_t offset = 0;
    if (open && part.bytes != 0) {
      offset = bytes::AlignUp(placement_.storages[*open].bytes, PackAlignment(part.bytes));
      if (offset + part.bytes > kPackBytes) open.reset();
    }
    if (!open) {
      open = NewStorage(dtype);
      offset = 0;
    }
    PlannedStorage& pack = placement_.storages[*open];
    if (part.bytes != 0) {
      part.offset = offset;
      pack.bytes = offset + part.bytes;
      pack.parts.push_back(part);
    }
    placement_.tensors[part.tensor] = {*open, offset, keeps_strides};
  }

  void PlaceGroup(const std::vector<std::uint32_t>& members, std::uint32_t first) {
    const std::uintptr_t base = Address(tensors_[members.front()]);
    std::uint64_t bytes = 0;
    for (const std::uint32_t i : members) {
      bytes = std::max<std::uint64_t>(bytes, Address(tensors_[i]) - base + Extent(tensors_[i]));
    }
    const std::uint32_t storage = NewStorage(tensors_[first].source.dtype);
    PlannedStorage& planned = placement_.storages[storage];
    planned.bytes = bytes;
    bool whole = false;
    for (const std::uint32_t i : members) {
      const TensorRecord& tensor = tensors_[i];
      const std::uint64_t offset = Address(tensor) - base;
      if (offset % ElementBytes(tensor.source.dtype) != 0) {
        throw Error(ErrorCode::kUnrepresentable,
                    {.entry = tensor.source.name,
                     .problem = "the tensor overlaps another and starts between its elements",
                     .found = std::to_string(offset) + " bytes behind it",
                     .advice = "clone one of them first"});
      }
      placement_.tensors[i] = {storage, offset, !layout::IsRowMajor(tensor.layout())};
      if (!whole && layout::IsDense(tensor.layout()) && Extent(tensor) == bytes) {
        planned.parts = {{Part::Kind::kDirect, i, 0, bytes}};
        whole = true;
      }
      if (!whole) planned.parts.push_back({Part::Kind::kOverlay, i, offset, Extent(tensor)});
    }
  }

  const std::vector<TensorRecord>& tensors_;
  TieGroups ties_;
  std::vector<bool> placed_;
  std::array<std::array<std::optional<std::uint32_t>, 2>, 9> open_packs_;  // by unit, rotation
  Placement placement_;
};

}  // namespace

TieGroups FindTies(const std::vector<TensorRecord>& tensors) {
  std::vector<std::uint32_t> by_address;
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].source.data != nullptr && tensors[i].bytes != 0) by_address.push_back(i);
  }
  std::stable_sort(by_address.begin(), by_address.end(), [&](std::uint32_t a, std::uint32_t b) {
    return Address(tensors[a]) < Address(tensors[b]);
  });
  TieGroups groups{std::vector<std::uint32_t>(tensors.size(), kUntied), {}};
  for (std::size_t begin = 0; begin < by_address.size();) {
    std::uintptr_t end_address =
        Address(tensors[by_address[begin]]) + Extent(tensors[by_address[begin]]);
    std::size_t end = begin + 1;
    while (end < by_address.size() && Address(tensors[by_address[end]]) < end_address) {
      const TensorRecord& next = tensors[by_address[end]];
      end_address = std::max(end_address, Address(next) + Extent(next));
      ++end;
    }
    if (end - begin > 1) {
      std::vector<std::uint32_t> members(by_address.begin() + static_cast<std::ptrdiff_t>(begin),
                                         by_address.begin() + static_cast<std::ptrdiff_t>(end));
      for (const std::uint32_t i : members) {
        groups.of[i] = static_cast<std::uint32_t>(groups.members.size());
      }
      groups.members.push_back(std::move(members));
    }
    begin = end;
  }
  return groups;
}

Placement PlaceTensors(const std::vector<TensorRecord>& tensors) { return Placer(tensors).Place(); }

}  // namespace statestone::writer
