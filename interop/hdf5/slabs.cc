#include "interop/hdf5/slabs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/file_tensor.h"

namespace statestone::hdf5 {
namespace {

constexpr std::uint64_t kMostSlabBytes = 16ull << 20;
constexpr char kUnreadable[] = "the dataset cannot be read";

}  // namespace

SlabPlan PlanSlabs(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> chunk,
                   std::uint64_t element_bytes) {
  if (shape.empty()) return {.row_bytes = element_bytes};
  SlabPlan plan{.row_bytes = element_bytes};
  for (std::size_t k = 1; k < shape.size(); ++k) plan.row_bytes *= shape[k];
  while (plan.row_bytes > kMostSlabBytes) plan.row_bytes /= shape[++plan.axis];
  plan.rows = std::min(kMostSlabBytes / plan.row_bytes, shape[plan.axis]);
  if (chunk.empty()) return plan;
  Require(CheckSite::kHdf5ChunkRank, chunk.size() == shape.size(), [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "chunks have other dimensions than their dataset",
                                       .expected = ShapeText(shape),
                                       .found = ShapeText(chunk),
                                       .advice = "the file is damaged or cut off: copy it again"});
  });
  const auto pass = [&](std::uint64_t times) {
    plan.passes = bytes::CheckedMultiply(plan.passes, times).value_or(~std::uint64_t{0});
  };
  for (std::size_t k = 0; k < plan.axis; ++k) pass(std::min(chunk[k], shape[k]));
  const std::uint64_t step = std::min(chunk[plan.axis], shape[plan.axis]);
  if (plan.rows >= step) {
    plan.rows -= plan.rows % step;
  } else {
    pass(bytes::CeilDivide(step, plan.rows) + 1);
  }
  return plan;
}

void SlabReader::Read(std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    if (offset < start_ || offset - start_ >= slab_.size()) Load(offset);
    const std::uint64_t skip = offset - start_;
    const std::size_t taken = std::min<std::uint64_t>(out.size(), slab_.size() - skip);
    std::memcpy(out.data(), slab_.data() + skip, taken);
    out = out.subspan(taken);
    offset += taken;
  }
  if (offset != dataset_.bytes) return;
  slab_ = {};
  opened_.Reset();
}

void SlabReader::Load(std::uint64_t offset) {
  const Session session;
  if (!opened_.valid()) {
    opened_ = {H5Dopen2(dataset_.file->id(), dataset_.path.c_str(), H5P_DEFAULT), H5Dclose,
               kUnreadable};
  }
  const std::vector<std::uint64_t>& shape = dataset_.shape;
  const SlabPlan& plan = dataset_.plan;
  std::array<hsize_t, H5S_MAX_RANK> start{};
  std::array<hsize_t, H5S_MAX_RANK> count{};
  std::ranges::copy(shape, count.begin());
  std::uint64_t bytes = plan.row_bytes;
  if (!shape.empty()) {
    std::uint64_t row = offset / plan.row_bytes;
    const std::uint64_t along = row % shape[plan.axis];
    start[plan.axis] = along - along % plan.rows;
    count[plan.axis] = std::min<std::uint64_t>(plan.rows, shape[plan.axis] - start[plan.axis]);
    row /= shape[plan.axis];
    start_ = (row * shape[plan.axis] + start[plan.axis]) * plan.row_bytes;
    bytes *= count[plan.axis];
    for (std::size_t k = plan.axis; k-- > 0; row /= shape[k]) {
      start[k] = row % shape[k];
      count[k] = 1;
    }
  }
  // Nothing is kept of a slab that fails halfway.
  std::vector<std::byte> slab = std::exchange(slab_, {});
  slab.resize(bytes);
  const Handle space(H5Dget_space(opened_.id()), H5Sclose, kUnreadable);
  Handle memory;
  if (!shape.empty()) {
    Expect(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                               nullptr),
           kUnreadable);
    memory = {H5Screate_simple(static_cast<int>(shape.size()), count.data(), nullptr), H5Sclose,
              kUnreadable};
  }
  Expect(H5Dread(opened_.id(), dataset_.numbers->in_memory.id(),
                 memory.valid() ? memory.id() : H5S_ALL, space.id(), H5P_DEFAULT, slab.data()),
         kUnreadable);
  slab_ = std::move(slab);
}

}  // namespace statestone::hdf5
