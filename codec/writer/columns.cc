#include "codec/writer/columns.h"

#include <algorithm>

#include "statestone/limits.h"

namespace statestone::writer {
namespace {

void CheckNamesUnique(const std::vector<TensorRecord>& tensors,
                      const std::vector<std::uint32_t>& sorted) {
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const TensorRecord& a = tensors[sorted[i - 1]];
    const TensorRecord& b = tensors[sorted[i]];
    if (a.scope == b.scope && a.scope != kAnonymousScope && a.source.name == b.source.name) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = a.source.name, .problem = "two tensors of one scope have this name"});
    }
  }
}

// For each place of the sorted column the tensor inserted there; empty if that is the same.
std::vector<std::uint32_t> InsertionOrder(const std::vector<TensorRecord>& tensors,
                                          const std::vector<std::uint32_t>& sorted) {
  std::vector<std::uint32_t> order(sorted.size());
  bool identical = true;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin;
    while (end < sorted.size() && tensors[sorted[end]].scope == tensors[sorted[begin]].scope) {
      order[end] = static_cast<std::uint32_t>(end);
      ++end;
    }
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    std::sort(at(begin), at(end),
              [&](std::uint32_t a, std::uint32_t b) { return sorted[a] < sorted[b]; });
    for (std::size_t i = begin; i < end; ++i) identical &= order[i] == i;
    begin = end;
  }
  if (identical) order.clear();
  return order;
}

void AddTensorRow(const TensorRecord& tensor, const Place& place,
                  container::IndexContent& content) {
  const TensorSource& source = tensor.source;
  content.names += source.name;
  content.dims.insert(content.dims.end(), source.shape.begin(), source.shape.end());
  if (content.names.size() > limits::kIndexBytes) {
    throw Error(ErrorCode::kLimit,
                {.problem = "the names of the tensors are too long together",
                 .expected = "at most " + std::to_string(limits::kIndexBytes) + " bytes"});
  }
  if (place.keeps_strides) {
    content.strided.emplace_back(static_cast<std::uint32_t>(content.tensors.size()),
                                 static_cast<std::uint32_t>(content.strides.size()));
    content.strides.insert(content.strides.end(), source.strides.begin(), source.strides.end());
  }
  content.tensors.emplace_back(static_cast<std::uint32_t>(content.names.size()),
                               static_cast<std::uint32_t>(content.dims.size()), place.storage,
                               static_cast<std::uint8_t>(source.dtype),
                               static_cast<std::uint8_t>(source.kind),
                               static_cast<std::uint16_t>(source.requires_grad), place.offset);
}

}  // namespace

void FillTensorColumns(const std::vector<TensorRecord>& tensors, const Placement& placement,
                       std::size_t scope_count, container::IndexContent& content) {
  std::vector<std::uint32_t> sorted(tensors.size());
  for (std::uint32_t i = 0; i < sorted.size(); ++i) sorted[i] = i;
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
    const TensorRecord& left = tensors[a];
    const TensorRecord& right = tensors[b];
    if (left.scope != right.scope) return left.scope < right.scope;
    return left.source.name < right.source.name;
  });
  CheckNamesUnique(tensors, sorted);
  content.order = InsertionOrder(tensors, sorted);

  content.tensor_index.resize(tensors.size());
  std::vector<std::uint32_t> scope_sizes(scope_count + 1);
  for (std::uint32_t i = 0; i < sorted.size(); ++i) {
    const TensorRecord& tensor = tensors[sorted[i]];
    content.tensor_index[sorted[i]] = i;
    ++scope_sizes[tensor.scope == kAnonymousScope ? scope_count : tensor.scope];
    AddTensorRow(tensor, placement.tensors[sorted[i]], content);
  }
  std::uint32_t end = 0;
  for (std::uint32_t s = 0; s < scope_count; ++s) {
    end += scope_sizes[s];
    content.scopes.emplace_back(end, 0u);
    content.scope_index.push_back(s);
  }
  if (scope_sizes[scope_count] != 0) {
    content.scopes.emplace_back(end + scope_sizes[scope_count], 1u);
  }
}

}  // namespace statestone::writer
