#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/container/index.h"
#include "codec/container/index_error.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone::container {
namespace {

std::string Label(const Index& index, std::size_t i) {
  return index.name(i).empty() ? "#" + std::to_string(i) : std::string(index.name(i));
}

// Ends of ranges ascend and the last one is the size of the pool.
template <typename Column, typename End>
bool RangesFill(const Column& column, End end, std::uint64_t pool_size) {
  std::uint64_t previous = 0;
  for (const auto& row : column) {
    if (end(row) < previous) return false;
    previous = end(row);
  }
  return previous == pool_size;
}

void CheckRanges(const Index& index) {
  const auto tensors_end = [](const schema::Scope& s) { return s.tensors_end(); };
  Require(CheckSite::kScopeRanges, RangesFill(index.scopes, tensors_end, index.tensors.size()),
          [&] { return IndexCorrupt("the scopes do not cover the tensors"); });
  const auto name_end = [](const schema::Tensor& t) { return t.name_end(); };
  Require(CheckSite::kNameRanges, RangesFill(index.tensors, name_end, index.names.size()),
          [&] { return IndexCorrupt("the names of the tensors do not fill their pool"); });
  const auto dims_end = [](const schema::Tensor& t) { return t.dims_end(); };
  Require(CheckSite::kDimsRanges, RangesFill(index.tensors, dims_end, index.dims.size()),
          [&] { return IndexCorrupt("the dimensions of the tensors do not fill their pool"); });
}

void CheckNames(const Index& index) {
  std::size_t anonymous_scopes = 0;
  for (std::size_t s = 0; s < index.scopes.size(); ++s) {
    const schema::Scope& scope = index.scopes[s];
    Require(CheckSite::kScopeKind, scope.kind() <= 1, [&] {
      return IndexReserved("a scope is of an unknown kind", std::to_string(scope.kind()));
    });
    const bool anonymous = scope.kind() == 1;
    anonymous_scopes += anonymous;
    std::string_view previous;
    for (std::size_t i = index.first_tensor(s); i < scope.tensors_end(); ++i) {
      const std::string_view name = index.name(i);
      if (anonymous) {
        Require(CheckSite::kAnonymousNames, name.empty(), [&] {
          return IndexCorrupt("a tensor without a name has one", "", std::string(name));
        });
        continue;
      }
      Require(CheckSite::kNameLimit, name.size() <= limits::kNameBytes, [&] {
        return IndexLimit("a tensor's name is too long", limits::kNameBytes, name.size());
      });
      Require(CheckSite::kNameUtf8, IsValidUtf8(name),
              [&] { return IndexCorrupt("a tensor's name is not UTF-8", "", std::string(name)); });
      Require(CheckSite::kNameOrder, i == index.first_tensor(s) || previous < name, [&] {
        return IndexCorrupt(previous == name ? "two tensors of a scope have one name"
                                             : "the names of a scope are not sorted",
                            "", std::string(name), name);
      });
      previous = name;
    }
  }
  Require(CheckSite::kAnonymousScopes, anonymous_scopes <= 1, [&] {
    return IndexCorrupt("there are several scopes without names", "1",
                        std::to_string(anonymous_scopes));
  });
}

// Element size times all dimensions that are not zero; nothing if it does not fit 64 bits.
std::optional<std::uint64_t> CheckedTensorBytes(std::span<const std::uint64_t> shape,
                                                std::uint64_t element_bytes) {
  std::optional<std::uint64_t> bytes = element_bytes;
  for (const std::uint64_t dimension : shape) {
    if (dimension != 0 && bytes) bytes = bytes::CheckedMultiply(*bytes, dimension);
  }
  return bytes;
}

// Bytes from element (0, ..., 0) to behind the last; nothing if it does not fit 64 bits.
std::optional<std::uint64_t> CheckedExtent(std::span<const std::uint64_t> shape,
                                           std::span<const std::uint64_t> strides,
                                           std::uint64_t element_bytes) {
  std::optional<std::uint64_t> last = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return 0;
    const auto step = bytes::CheckedMultiply(shape[i] - 1, strides[i]);
    last = step && last ? bytes::CheckedAdd(*last, *step) : std::nullopt;
  }
  const auto count = last ? bytes::CheckedAdd(*last, 1) : std::nullopt;
  return count ? bytes::CheckedMultiply(*count, element_bytes) : std::nullopt;
}

void CheckTensor(const Index& index, std::size_t i, std::span<const std::uint64_t> strides) {
  const schema::Tensor& tensor = index.tensors[i];
  const std::span<const std::uint64_t> shape = index.shape(i);
  Require(CheckSite::kRankLimit, shape.size() <= limits::kRank, [&] {
    return IndexLimit("a tensor has too many dimensions", limits::kRank, shape.size(),
                      Label(index, i));
  });
  Require(CheckSite::kTensorReserved, tensor.kind() <= 2 && (tensor.flags() & ~1u) == 0, [&] {
    return IndexReserved(
        "a tensor has an unknown kind or flags",
        "kind " + std::to_string(tensor.kind()) + ", flags " + std::to_string(tensor.flags()),
        Label(index, i));
  });
  Require(CheckSite::kTensorStorage, tensor.storage() < index.storages.size(), [&] {
    return IndexCorrupt("a tensor names a storage that is not there",
                        "below " + std::to_string(index.storages.size()),
                        std::to_string(tensor.storage()), Label(index, i));
  });
  Require(CheckSite::kTensorDtype, index.element_bytes(i) != 0, [&] {
    return IndexCorrupt("a tensor has a dtype that nothing describes", "",
                        std::to_string(tensor.dtype()), Label(index, i));
  });
  const std::uint64_t element_bytes = index.element_bytes(i);
  const auto bytes = CheckedTensorBytes(shape, element_bytes);
  Require(CheckSite::kTensorSize, bytes && *bytes <= limits::kStorageBytes, [&] {
    return IndexLimit("a tensor's shape is too large", limits::kStorageBytes,
                      bytes.value_or(~std::uint64_t{0}), Label(index, i));
  });
  Require(CheckSite::kTensorAlignment, tensor.offset() % element_bytes == 0, [&] {
    return IndexCorrupt("a tensor starts in the middle of an element",
                        "a multiple of " + std::to_string(element_bytes),
                        std::to_string(tensor.offset()), Label(index, i));
  });
  const bool empty = std::find(shape.begin(), shape.end(), 0u) != shape.end();
  const auto extent = empty             ? std::uint64_t{0}
                      : strides.empty() ? bytes
                                        : CheckedExtent(shape, strides, element_bytes);
  Require(CheckSite::kRepeatLimit,
          empty || !extent || *bytes <= *extent || *bytes <= limits::kRepeatedBytes, [&] {
            return IndexLimit("a tensor that repeats its memory is too large",
                              limits::kRepeatedBytes, *bytes, Label(index, i));
          });
  const std::uint64_t storage_bytes = index.storages[tensor.storage()].bytes();
  Require(CheckSite::kTensorExtent,
          extent && bytes::RangeFits(tensor.offset(), *extent, storage_bytes), [&] {
            return IndexCorrupt("a tensor reaches beyond its storage",
                                "inside " + std::to_string(storage_bytes) + " bytes",
                                std::to_string(tensor.offset()) + " + " +
                                    (extent ? std::to_string(*extent) : "more than 2^64"),
                                Label(index, i));
          });
}

void CheckOrder(const Index& index) {
  if (index.order.empty()) return;
  const auto bad = [] { return IndexCorrupt("the order of insertion is not one"); };
  Require(CheckSite::kInsertionOrder, index.order.size() == index.tensors.size(), bad);
  std::vector<bool> seen(index.tensors.size());
  for (std::size_t s = 0; s < index.scopes.size(); ++s) {
    const std::size_t begin = index.first_tensor(s);
    const std::size_t end = index.scopes[s].tensors_end();
    for (std::size_t place = begin; place < end; ++place) {
      const std::uint32_t i = index.order[place];
      Require(CheckSite::kInsertionOrder, i >= begin && i < end && !seen[i], bad);
      seen[i] = true;
    }
  }
}

void CheckForeignDtypes(const Index& index) {
  const auto* rows = index.root().foreign_dtypes();
  if (rows == nullptr) return;
  int previous = -1;
  for (const auto* row : *rows) {
    const DTypeInfo* known = FindDType(row->number());
    Require(CheckSite::kForeignDtypes,
            row->number() > previous && row->bits() != 0 && row->bits() % 8 == 0 &&
                (known == nullptr || known->bytes * 8u == row->bits()) &&
                row->name()->size() != 0 && IsValidUtf8(row->name()->string_view()),
            [&] {
              return IndexCorrupt("the row of dtype " + std::to_string(row->number()) +
                                  " is not possible");
            });
    previous = row->number();
  }
}

}  // namespace

void CheckScopesAndTensors(const Index& index) {
  CheckRanges(index);
  CheckNames(index);
  CheckForeignDtypes(index);
  std::uint64_t next_stride = 0;
  std::size_t row = 0;
  for (std::size_t i = 0; i < index.tensors.size(); ++i) {
    std::span<const std::uint64_t> strides;
    if (row < index.strided.size() && index.strided[row].tensor() == i) {
      const std::size_t rank = index.shape(i).size();
      Require(CheckSite::kStridedRows,
              index.strided[row].first_stride() == next_stride &&
                  bytes::RangeFits(next_stride, rank, index.strides.size()),
              [&] {
                return IndexCorrupt("the strides of a tensor are not where they should be", "", "",
                                    Label(index, i));
              });
      strides = index.strides.subspan(next_stride, rank);
      for (const std::uint64_t stride : strides) {
        Require(CheckSite::kStrideLimit, stride <= limits::kStorageBytes, [&] {
          return IndexLimit("a stride is too large", limits::kStorageBytes, stride,
                            Label(index, i));
        });
      }
      next_stride += rank;
      ++row;
    }
    CheckTensor(index, i, strides);
  }
  Require(CheckSite::kStridedRows,
          row == index.strided.size() && next_stride == index.strides.size(),
          [&] { return IndexCorrupt("the rows of strided tensors are not sorted or too many"); });
  CheckOrder(index);
}

}  // namespace statestone::container
