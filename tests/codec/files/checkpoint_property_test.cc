// Random checkpoints, written and read back: bytes, strides, ties and order are kept exactly.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <numeric>

#include "codec/layout/strided.h"
#include "tests/codec/files/example_data.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

struct Tensor {
  TensorSource source;
  std::uint32_t scope = 0;
  std::vector<std::uint64_t> strides;  // filled in
  std::vector<std::byte> row_major;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;  // of its extent; begin where it has no elements

  layout::Layout layout() const { return {source.shape, strides, ElementBytes(source.dtype)}; }
};

const std::vector<DType>& SomeDTypes() {
  static const std::vector<DType> types = {
      DType::kBool,    DType::kInt16, DType::kBFloat16,  DType::kFloat16,    DType::kFloat32,
      DType::kFloat64, DType::kInt64, DType::kComplex64, DType::kComplex128, DType::kFloat8E5M2};
  return types;
}

// A view of one of the buffers, at a multiple of 16 bytes or of its element.
Tensor RandomView(const std::vector<std::vector<std::byte>>& buffers) {
  Tensor tensor;
  const auto& buffer = buffers[*rc::gen::inRange<std::size_t>(0, buffers.size())];
  tensor.source.dtype = *rc::gen::elementOf(SomeDTypes());
  const std::uint64_t element = ElementBytes(tensor.source.dtype);
  const auto rank = *rc::gen::inRange<std::size_t>(0, 4);
  for (std::size_t i = 0; i < rank; ++i) {
    tensor.source.shape.push_back(
        *rc::gen::weightedElement<std::uint64_t>({{1, 0}, {2, 1}, {6, 2}, {6, 3}, {4, 7}}));
  }
  tensor.strides = layout::RowMajorStrides(tensor.source.shape);
  const auto way = *rc::gen::inRange(0, 4);
  if (way == 1) {
    for (std::uint64_t& stride : tensor.strides) stride = *rc::gen::inRange<std::uint64_t>(0, 6);
  }
  if (way == 2 && rank >= 2) std::swap(tensor.strides[0], tensor.strides[rank - 1]);
  const std::uint64_t extent = layout::ExtentBytes(tensor.layout());
  if (extent > buffer.size()) {
    tensor.source.shape.clear();
    tensor.strides.clear();
  }
  if (way != 0) tensor.source.strides = tensor.strides;
  const std::uint64_t room = buffer.size() - layout::ExtentBytes(tensor.layout());
  const std::uint64_t at = *rc::gen::inRange<std::uint64_t>(0, room / 16 + 1) * 16;
  tensor.source.data = buffer.data() + at;
  tensor.row_major.resize(layout::ElementCount(tensor.source.shape) * element);
  layout::GatherRowMajor(tensor.layout(), buffer.data() + at, 0,
                         layout::ElementCount(tensor.source.shape), tensor.row_major.data());
  tensor.begin = reinterpret_cast<std::uintptr_t>(tensor.source.data);
  tensor.end = tensor.begin + layout::ExtentBytes(tensor.layout());
  tensor.source.kind = *rc::gen::element(TensorKind::kTensor, TensorKind::kBuffer);
  tensor.source.requires_grad = *rc::gen::arbitrary<bool>();
  return tensor;
}

// The least index of the tensors tied to each, itself included: extents that overlap, transitively.
std::vector<std::size_t> NaiveTies(const std::vector<Tensor>& tensors) {
  std::vector<std::size_t> group(tensors.size());
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t a = 0; a < tensors.size(); ++a) {
      for (std::size_t b = 0; b < tensors.size(); ++b) {
        const bool overlap =
            tensors[a].begin < tensors[b].end && tensors[b].begin < tensors[a].end &&
            tensors[a].begin != tensors[a].end && tensors[b].begin != tensors[b].end;
        if (overlap && group[a] != group[b]) {
          group[a] = group[b] = std::min(group[a], group[b]);
          changed = true;
        }
      }
    }
  }
  return group;
}

void CheckTies(const std::vector<Tensor>& tensors, const std::vector<TensorRef>& refs,
               const Reader& reader) {
  const std::vector<std::size_t> ties = NaiveTies(tensors);
  const std::vector<std::uint32_t>& groups = reader.TieGroups();
  for (std::size_t a = 0; a < tensors.size(); ++a) {
    const TensorInfo info = reader.tensor(refs[a]);
    const auto members = std::count(ties.begin(), ties.end(), ties[a]);
    RC_ASSERT((groups[refs[a].index] != 0) == (members > 1));
    for (std::size_t b = 0; b < tensors.size() && members > 1; ++b) {
      const bool tied = groups[refs[a].index] == groups[refs[b].index];
      RC_ASSERT(tied == (ties[a] == ties[b]));
      if (!tied) continue;
      const TensorInfo other = reader.tensor(refs[b]);
      RC_ASSERT(info.storage == other.storage);
      RC_ASSERT(other.offset - info.offset == tensors[b].begin - tensors[a].begin);
    }
    const layout::Layout layout = tensors[a].layout();
    const bool row_major = layout::IsRowMajor(layout);
    const bool overlaps_itself = layout::ExtentBytes(layout) < tensors[a].row_major.size();
    const bool keeps = !row_major && (members > 1 || overlaps_itself || layout::IsDense(layout));
    RC_ASSERT(std::ranges::equal(info.strides,
                                 keeps ? tensors[a].strides : std::vector<std::uint64_t>()));
  }
}

TEST(CheckpointPropertyTest, ComesBackAsItWas) {
  const faults::ScratchDirectory folder;
  EXPECT_TRUE(rc::check([&] {
    std::vector<std::vector<std::byte>> buffers;
    for (std::uint64_t i = 0; i < *rc::gen::inRange<std::uint64_t>(1, 6); ++i) {
      const auto size = *rc::gen::element<std::size_t>(64, 400, 5000, 90'000);
      buffers.push_back(RandomBytes(size, i + 1));
      if (i % 2 == 1) std::fill(buffers.back().begin(), buffers.back().end(), std::byte{5});
    }
    WriteOptions options;
    options.chunk_units_log2 = *rc::gen::inRange<std::uint8_t>(6, 12);
    options.threads = *rc::gen::inRange<std::size_t>(1, 4);
    options.compression = *rc::gen::element(Compression::kAuto, Compression::kNone);
    std::vector<Tensor> tensors;
    Writer writer(folder / "a.stone", options);
    const auto scopes = *rc::gen::inRange<std::uint32_t>(1, 4);
    for (std::uint32_t s = 0; s < scopes; ++s) writer.AddScope();
    const auto count = *rc::gen::inRange<std::size_t>(0, 25);
    for (std::size_t i = 0; i < count; ++i) {
      Tensor tensor = RandomView(buffers);
      tensor.scope = *rc::gen::inRange<std::uint32_t>(0, scopes);
      tensor.source.name = *rc::gen::element<std::string>("z", "a", "m") + std::to_string(i);
      tensors.push_back(std::move(tensor));
    }
    for (Tensor& tensor : tensors) {
      // Handed over in pieces a tensor is its elements alone, tied to nothing.
      if (tensor.source.strides.empty() && *rc::gen::inRange(0, 5) == 0) {
        tensor.source.data = nullptr;
        tensor.begin = tensor.end = 0;
        tensor.source.pieces = [bytes = tensor.row_major](std::uint64_t at,
                                                          std::span<std::byte> out) {
          std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
        };
      }
      writer.AddTensor({tensor.scope}, tensor.source);
    }
    for (std::uint32_t s = 0; s < scopes; ++s) {
      writer.AddValue("dict" + std::to_string(s), Value::TensorDict({s}));
    }
    writer.Finish();

    const Reader reader = Reader::Open(folder / "a.stone");
    reader.Verify();
    std::vector<TensorRef> refs;
    std::map<std::uint32_t, std::vector<TensorRef>> in_order;
    for (const Tensor& tensor : tensors) {
      const auto found = reader.Find({tensor.scope}, tensor.source.name);
      RC_ASSERT(found.has_value());
      refs.push_back(*found);
      in_order[tensor.scope].push_back(*found);
      const TensorInfo info = reader.tensor(*found);
      RC_ASSERT(std::ranges::equal(info.shape, tensor.source.shape));
      RC_ASSERT(info.dtype->dtype == tensor.source.dtype);
      RC_ASSERT(info.kind == tensor.source.kind);
      RC_ASSERT(info.requires_grad == tensor.source.requires_grad);
      RC_ASSERT(info.offset % info.element_bytes == 0u);
      RC_ASSERT(reader.Read(*found) == tensor.row_major);
      RC_ASSERT(reader.FindTensor(reader.DisplayPaths()[found->index]) == *found);
      if (info.shape.empty()) continue;
      const std::uint64_t row = info.shape[0] == 0 ? 0 : info.bytes / info.shape[0];
      const std::uint64_t first = info.shape[0] / 3;
      std::vector<std::byte> slice((info.shape[0] - first) * row);
      reader.ReadSlice(*found, first, info.shape[0] - first, slice);
      RC_ASSERT(std::ranges::equal(slice, std::span(tensor.row_major).subspan(first * row)));
    }
    for (const auto& [scope, wanted] : in_order) RC_ASSERT(reader.Tensors({scope}) == wanted);
    CheckTies(tensors, refs, reader);
  }));
}

}  // namespace
}  // namespace statestone::testing
