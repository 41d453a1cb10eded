#include "cli/inspect/catalog.h"

#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "codec/bytes/checked.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

// Broadcast strides let a small file claim any number of elements.
void AddSaturating(std::uint64_t& sum, std::uint64_t value) {
  sum = bytes::CheckedAdd(sum, value).value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

std::string_view Name(Coding coding) {
  switch (coding) {
    case Coding::kRaw:
      return "raw";
    case Coding::kPlanes:
      return "planes";
    case Coding::kPacked:
      return "packed";
    case Coding::kUnknown:
      return "unknown";
  }
  return "mixed";
}

std::string DTypeText(const TensorInfo& info) { return EscapeForDisplay(info.dtype_name); }

std::string ShapeText(std::span<const std::uint64_t> shape, std::string_view times) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const std::uint64_t dim : shape) {
    if (!text.empty()) text += times;
    text += std::to_string(dim);
  }
  return text;
}

Catalog::Catalog(const Reader& reader) : reader_(reader), shares_(reader.tensor_count()) {
  FindTies();
  FindShares();
  AddUp();
}

void Catalog::FindTies() {
  const std::vector<std::uint32_t>& groups = reader_.TieGroups();
  std::unordered_map<std::uint32_t, std::uint32_t> first;
  // In order of insertion: people call the later one tied.
  for (std::uint32_t s = 0; s < reader_.scope_count(); ++s) {
    for (const TensorRef tensor : reader_.Tensors({s})) {
      const std::uint32_t i = tensor.index;
      if (groups[i] != 0) shares_[i].tied_to = first.try_emplace(groups[i], i).first->second;
    }
  }
}

void Catalog::FindShares() {
  struct Use {
    std::uint64_t tensors = 0;  // tied ones count once
    std::uint64_t bytes = 0;
  };
  std::vector<Use> uses(reader_.storage_count());
  for (std::uint32_t i = 0; i < shares_.size(); ++i) {
    if (shares_[i].tied_to != TensorShare::kNone && shares_[i].tied_to != i) continue;
    const TensorInfo info = reader_.tensor({i});
    ++uses[info.storage].tensors;
    uses[info.storage].bytes += info.bytes;
  }
  for (std::uint32_t i = 0; i < shares_.size(); ++i) {
    TensorShare& share = shares_[i];
    const TensorInfo info = reader_.tensor({i});
    const StorageInfo storage = reader_.storage(info.storage);
    const Use& use = uses[info.storage];
    const bool packed = use.tensors > 1;
    share.coding = !storage.readable                       ? Coding::kUnknown
                   : packed                                ? Coding::kPacked
                   : storage.layout == StorageLayout::kRaw ? Coding::kRaw
                                                           : Coding::kPlanes;
    if (share.tied_to != TensorShare::kNone && share.tied_to != i) continue;
    share.logical_bytes = info.bytes;
    share.estimated = packed;
    const auto stored = static_cast<double>(storage.stored_bytes);
    if (!packed) {
      share.stored_bytes = stored;
    } else if (use.bytes != 0) {
      share.stored_bytes =
          stored * (static_cast<double>(info.bytes) / static_cast<double>(use.bytes));
    }
  }
}

void Catalog::AddUp() {
  for (std::uint32_t s = 0; s < reader_.storage_count(); ++s) {
    AddSaturating(sums_.logical_bytes, reader_.storage(s).bytes);
  }
  using Place = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>;
  std::set<Place> tied_places;
  for (std::uint32_t i = 0; i < shares_.size(); ++i) {
    const TensorInfo info = reader_.tensor({i});
    ++sums_.tensors;
    if (shares_[i].tied_to != TensorShare::kNone) {
      const Place place{info.storage, info.offset, info.extent_bytes};
      if (!tied_places.insert(place).second) continue;
    }
    AddSaturating(sums_.elements, info.elements);
    if (info.kind == TensorKind::kParameter) AddSaturating(sums_.parameters, info.elements);
  }
}

}  // namespace statestone::cli
