// The Reader's calls that hand out bytes.
#include <algorithm>
#include <memory>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "codec/pipeline/ordered_pipeline.h"
#include "codec/reader/paths.h"
#include "codec/reader/reader_state.h"

namespace statestone {
namespace {

using reader::RangeRequest;

// Buffers that are filled whole need no zeros first.
std::unique_ptr<std::byte[]> Uninitialized(std::uint64_t bytes) {
  return std::make_unique_for_overwrite<std::byte[]>(bytes);
}

layout::Layout LayoutOf(const TensorInfo& info) {
  return {info.shape, info.strides, info.element_bytes};
}

// The chunks that the tensor's bytes lie in: the first, in the file's column, and how many.
std::pair<std::uint32_t, std::uint32_t> ChunksOf(const container::Index& index,
                                                 const TensorInfo& info) {
  if (info.extent_bytes == 0) return {0, 0};
  const schema::Storage& row = index.storages[info.storage];
  const std::uint64_t chunk_bytes = index.chunk_bytes(row);
  const std::uint64_t first = info.offset / chunk_bytes;
  const std::uint64_t last = (info.offset + info.extent_bytes - 1) / chunk_bytes;
  return {static_cast<std::uint32_t>(row.first_chunk() + first),
          static_cast<std::uint32_t>(last - first + 1)};
}

bool LiesIn(const container::Index& index, const TensorInfo& info, std::uint64_t chunk) {
  const auto [first, count] = ChunksOf(index, info);
  return chunk >= first && chunk - first < count;
}

}  // namespace

void Reader::State::RequireCount(std::uint64_t i, std::uint64_t count, const char* what) const {
  if (i < count) return;
  throw Error(ErrorCode::kNotFound, {.path = path,
                                     .problem = std::string("the file has no such ") + what,
                                     .expected = "below " + std::to_string(count),
                                     .found = std::to_string(i)});
}

void Reader::State::RequireBudget(std::uint64_t bytes) const {
  Require(CheckSite::kReadBudget, bytes <= options.max_bytes, [&] {
    return Error(ErrorCode::kLimit, {.path = path,
                                     .problem = "the read is larger than max_bytes allows",
                                     .expected = "at most " + std::to_string(options.max_bytes),
                                     .found = std::to_string(bytes),
                                     .advice = "raise ReadOptions.max_bytes, or read a slice"});
  });
}

void Reader::State::RequireSize(std::uint64_t bytes, std::uint64_t out) const {
  if (bytes == out) return;
  throw Error(ErrorCode::kInvalidArgument, {.path = path,
                                            .problem = "the buffer has another size",
                                            .expected = std::to_string(bytes) + " bytes",
                                            .found = std::to_string(out)});
}

TensorInfo Reader::State::ReadableTensor(TensorRef tensor) const {
  RequireCount(tensor.index, index().tensors.size(), "tensor");
  const TensorInfo info = index().tensor_info(tensor.index);
  Require(CheckSite::kReadDtype, info.dtype != nullptr, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.path = path,
                  .entry = PathOf(tensor),
                  .problem = "the tensor has a dtype that this version does not have",
                  .found = std::string(info.dtype_name),
                  .advice = "it was written by a newer version of Statestone: update this "
                            "program"});
  });
  return info;
}

std::string Reader::State::PathOf(TensorRef tensor) const {
  return reader::TensorPath(index(), tensor.index);
}

// What an error of a read is about: the only tensor, or the first that the damaged chunk is part
// of.
Error Reader::State::Named(const Error& error, std::span<const TensorRef> tensors) const {
  Error with_path = error.WithPath(path);
  const auto& chunk = with_path.fields().chunk;
  for (const TensorRef tensor : tensors) {
    const bool meant = tensors.size() == 1 ||
                       (chunk && LiesIn(index(), index().tensor_info(tensor.index), *chunk));
    if (meant) return with_path.WithEntry(PathOf(tensor));
  }
  return with_path;
}

void Reader::CheckStored(std::span<const TensorRef> tensors) const {
  std::vector<std::uint32_t> chunks;
  for (const TensorRef tensor : tensors) {
    const TensorInfo info = state_->ReadableTensor(tensor);
    state_->chunks.RequireReadable(info.storage);
    const auto [first, count] = ChunksOf(state_->index(), info);
    for (std::uint32_t k = 0; k < count; ++k) chunks.push_back(first + k);
  }
  std::sort(chunks.begin(), chunks.end());
  chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
  const std::size_t threads = pipeline::ResolveThreads(state_->options.threads);
  std::vector<reader::Scratch> scratches(std::min(threads, chunks.size()));
  try {
    pipeline::ParallelFor(
        threads, chunks.size(),
        [&](std::size_t i, std::size_t worker) {
          state_->chunks.Stored(chunks[i], scratches[worker], /*always=*/true);
        },
        state_->options.stop);
  } catch (const Error& error) {
    throw state_->Named(error, tensors);
  }
}

void Reader::ReadMany(std::span<const ReadRequest> requests) const {
  std::vector<RangeRequest> ranges;
  std::vector<std::unique_ptr<std::byte[]>> extents(requests.size());
  std::uint64_t total = 0;
  for (const ReadRequest& request : requests) {
    const TensorInfo info = state_->ReadableTensor(request.tensor);
    state_->RequireSize(info.bytes, request.out.size());
    total = bytes::CheckedAdd(total, std::max(info.bytes, info.extent_bytes))
                .value_or(~std::uint64_t{0});
    state_->RequireBudget(total);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const TensorInfo info = state_->index().tensor_info(requests[i].tensor.index);
    if (info.strides.empty()) {
      ranges.push_back({info.storage, info.offset, requests[i].out});
    } else if (info.bytes != 0) {
      extents[i] = Uninitialized(info.extent_bytes);
      ranges.push_back({info.storage, info.offset, {extents[i].get(), info.extent_bytes}});
    }
  }
  try {
    state_->chunks.Read(ranges);
  } catch (const Error& error) {
    std::vector<TensorRef> tensors;
    tensors.reserve(requests.size());
    for (const ReadRequest& request : requests) tensors.push_back(request.tensor);
    throw state_->Named(error, tensors);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (extents[i] == nullptr) continue;
    const TensorInfo info = state_->index().tensor_info(requests[i].tensor.index);
    layout::GatherRowMajor(LayoutOf(info), extents[i].get(), 0, info.elements,
                           requests[i].out.data());
  }
}

void Reader::Read(TensorRef tensor, std::span<std::byte> out) const {
  const ReadRequest request{tensor, out};
  ReadMany({&request, 1});
}

std::vector<std::byte> Reader::Read(TensorRef tensor) const {
  const TensorInfo info = state_->ReadableTensor(tensor);
  state_->RequireBudget(std::max(info.bytes, info.extent_bytes));
  std::vector<std::byte> out(info.bytes);
  Read(tensor, out);
  return out;
}

void Reader::ReadSlice(TensorRef tensor, std::uint64_t first, std::uint64_t count,
                       std::span<std::byte> out) const {
  const TensorInfo info = state_->ReadableTensor(tensor);
  if (info.shape.empty() || !bytes::RangeFits(first, count, info.shape[0])) {
    throw Error(ErrorCode::kInvalidArgument,
                {.path = state_->path,
                 .entry = state_->PathOf(tensor),
                 .problem = "the slice reaches outside the first dimension",
                 .expected = info.shape.empty() ? "a tensor with dimensions"
                                                : "inside " + std::to_string(info.shape[0]),
                 .found = std::to_string(first) + " + " + std::to_string(count)});
  }
  std::vector<std::uint64_t> shape(info.shape.begin(), info.shape.end());
  shape[0] = count;
  std::vector<std::uint64_t> strides(info.strides.begin(), info.strides.end());
  if (strides.empty()) strides = layout::RowMajorStrides(info.shape);
  const layout::Layout slice{shape, strides, info.element_bytes};
  const std::uint64_t elements = layout::ElementCount(shape);
  state_->RequireSize(elements * info.element_bytes, out.size());
  const std::uint64_t extent = layout::ExtentBytes(slice);
  state_->RequireBudget(std::max<std::uint64_t>(out.size(), extent));
  if (out.empty()) return;
  const std::uint64_t begin = info.offset + first * strides[0] * info.element_bytes;
  try {
    if (layout::IsRowMajor(slice)) {
      const RangeRequest request{info.storage, begin, out};
      state_->chunks.Read({&request, 1});
      return;
    }
    const auto buffer = Uninitialized(extent);
    const RangeRequest request{info.storage, begin, {buffer.get(), extent}};
    state_->chunks.Read({&request, 1});
    layout::GatherRowMajor(slice, buffer.get(), 0, elements, out.data());
  } catch (const Error& error) {
    throw error.WithPath(state_->path).WithEntry(state_->PathOf(tensor));
  }
}

void Reader::ReadStorage(std::uint32_t storage, std::span<std::byte> out) const {
  state_->RequireCount(storage, storage_count(), "storage");
  state_->RequireSize(state_->index().storages[storage].bytes(), out.size());
  ReadStorageRange(storage, 0, out);
}

void Reader::ReadStorageRange(std::uint32_t storage, std::uint64_t offset,
                              std::span<std::byte> out) const {
  state_->RequireCount(storage, storage_count(), "storage");
  const std::uint64_t bytes = state_->index().storages[storage].bytes();
  if (!bytes::RangeFits(offset, out.size(), bytes)) {
    throw Error(ErrorCode::kInvalidArgument,
                {.path = state_->path,
                 .problem = "the range reaches outside the storage",
                 .expected = "inside " + std::to_string(bytes) + " bytes",
                 .found = std::to_string(offset) + " + " + std::to_string(out.size())});
  }
  state_->RequireBudget(out.size());
  const RangeRequest request{storage, offset, out};
  try {
    state_->chunks.Read({&request, 1});
  } catch (const Error& error) {
    throw error.WithPath(state_->path).WithEntry("storage " + std::to_string(storage));
  }
}

std::optional<View> Reader::State::ViewRange(std::uint32_t storage, std::uint64_t offset,
                                             std::uint64_t size) const {
  const schema::Storage& row = index().storages[storage];
  chunks.RequireReadable(storage);
  const std::span<const std::byte> all = file.source->bytes();
  if (row.layout() != 0 || all.empty()) return std::nullopt;
  if (size == 0) return View{{}, file.source};
  if (options.check_sums) {
    const std::uint64_t end = offset + size;
    const std::uint64_t chunk_bytes = index().chunk_bytes(row);
    for (std::uint64_t k = offset / chunk_bytes; k * chunk_bytes < end; ++k) {
      const auto chunk = static_cast<std::uint32_t>(row.first_chunk() + k);
      chunks.CheckSum(chunk, chunks.InPlace(chunk));
    }
  }
  const std::uint64_t at = index().chunks[row.first_chunk()].offset() + offset;
  return View{all.subspan(at, size), file.source};
}

std::optional<View> Reader::ViewInPlace(TensorRef tensor) const {
  const TensorInfo info = state_->ReadableTensor(tensor);
  try {
    return state_->ViewRange(info.storage, info.offset, info.extent_bytes);
  } catch (const Error& error) {
    throw error.WithPath(state_->path).WithEntry(state_->PathOf(tensor));
  }
}

std::optional<View> Reader::ViewStorageInPlace(std::uint32_t storage) const {
  state_->RequireCount(storage, storage_count(), "storage");
  try {
    return state_->ViewRange(storage, 0, state_->index().storages[storage].bytes());
  } catch (const Error& error) {
    throw error.WithPath(state_->path).WithEntry("storage " + std::to_string(storage));
  }
}

}  // namespace statestone
