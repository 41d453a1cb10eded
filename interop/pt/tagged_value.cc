#include "interop/pt/tagged_value.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "codec/tagged/tag.h"
#include "interop/pt/quantized_call.h"
#include "statestone/optimizer_state.h"

namespace statestone::pt {
namespace {

// A tensor that is a part of another is no parameter of its own.
bool IsPart(const Checkpoint& checkpoint, const Value& value) {
  return value.kind() == ValueKind::kTensor &&
         checkpoint.tensor(value.AsTensor()).kind == TensorKind::kTensor;
}

std::optional<std::vector<std::uint64_t>> SizesOf(const Value& size) {
  if (size.kind() != ValueKind::kSize) return std::nullopt;
  std::vector<std::uint64_t> dims;
  for (const Value& dim : size.items()) {
    if (dim.kind() != ValueKind::kInt64 || dim.AsInt() < 0) return std::nullopt;
    dims.push_back(dim.AsUInt());
  }
  return dims;
}

DType ElementsOf(std::string_view quantized) {
  if (quantized == "qint8") return DType::kInt8;
  return quantized == "quint8" ? DType::kUInt8 : DType::kInt32;
}

bool IsPerChannel(std::string_view scheme) {
  return scheme == "per_channel_affine" || scheme == "per_channel_affine_float_qparams";
}

bool TakePerTensor(const Value& map, TaggedQuantized& quantized) {
  const auto items = map.items();
  const bool numbers = items.size() == 6 && items[4].kind() == ValueKind::kFloat64 &&
                       items[5].kind() == ValueKind::kInt64;
  if (!numbers || quantized.scheme != "per_tensor_affine") return false;
  quantized.scale = items[4].AsDouble();
  quantized.zero_point = items[5].AsInt();
  return true;
}

bool TakePerChannel(const Checkpoint& checkpoint, const Value& map, TaggedQuantized& quantized) {
  const auto items = map.items();
  const bool kinds = items.size() == 7 && IsPart(checkpoint, items[4]) &&
                     IsPart(checkpoint, items[5]) && items[6].kind() == ValueKind::kInt64;
  if (!kinds || !IsPerChannel(quantized.scheme) || items[6].AsInt() < 0) return false;
  quantized.scales = items[4].AsTensor();
  quantized.zero_points = items[5].AsTensor();
  quantized.axis = items[6].AsUInt();
  const auto& elements = checkpoint.tensor(quantized.elements);
  return std::ranges::all_of(
      std::array{*quantized.scales, *quantized.zero_points}, [&](TensorRef ref) {
        const TensorSource& channels = checkpoint.tensor(ref);
        return AreChannels(channels.dtype, channels.shape, elements.shape, quantized.axis);
      });
}

}  // namespace

std::optional<TaggedSparse> ReadTaggedSparse(const Checkpoint& checkpoint, const Value& map) {
  const SparseLayout* layout = FindSparseLayout(TagOf(map));
  if (layout == nullptr) return std::nullopt;
  std::vector<std::string_view> keys = {tagged::kTag};
  std::ranges::copy(layout->parts(), std::back_inserter(keys));
  keys.push_back("size");
  const bool says_coalesced = !layout->compressed() && map.items().size() == keys.size() + 1;
  if (says_coalesced) keys.push_back("is_coalesced");
  if (!std::ranges::equal(map.keys(), keys, tagged::IsText)) return std::nullopt;
  TaggedSparse sparse{.layout = layout};
  std::vector<SparsePart> shapes;
  for (const Value& part : map.items().subspan(1, layout->parts().size())) {
    if (!IsPart(checkpoint, part)) return std::nullopt;
    sparse.parts.push_back(part.AsTensor());
    const TensorSource& tensor = checkpoint.tensor(part.AsTensor());
    shapes.push_back({tensor.dtype, tensor.shape});
  }
  sparse.size = &map["size"];
  const auto size = SizesOf(*sparse.size);
  if (!size || !AreOneSparseTensor(*layout, *size, shapes)) return std::nullopt;
  if (says_coalesced) {
    const Value& coalesced = map.items().back();
    if (coalesced.kind() != ValueKind::kBool) return std::nullopt;
    sparse.is_coalesced = coalesced.AsBool();
  }
  return sparse;
}

std::optional<TaggedQuantized> ReadTaggedQuantized(const Checkpoint& checkpoint, const Value& map) {
  if (TagOf(map) != kQuantizedTag) return std::nullopt;
  const std::array<std::string_view, 6> per_tensor = {tagged::kTag, "dtype", "qscheme",
                                                      "int_repr",   "scale", "zero_point"};
  const std::array<std::string_view, 7> per_channel = {
      tagged::kTag, "dtype", "qscheme", "int_repr", "scales", "zero_points", "axis"};
  if (!tagged::HasKeys(map, per_tensor) && !tagged::HasKeys(map, per_channel)) return std::nullopt;
  const auto items = map.items();
  if (items[1].kind() != ValueKind::kDType || items[2].kind() != ValueKind::kString ||
      !IsPart(checkpoint, items[3])) {
    return std::nullopt;
  }
  TaggedQuantized quantized{.scheme = items[2].AsString(), .elements = items[3].AsTensor()};
  for (const std::string_view dtype : {"qint8", "quint8", "qint32"}) {
    if (items[1].AsDTypeName() == dtype) quantized.dtype = dtype;
  }
  const TensorSource& elements = checkpoint.tensor(quantized.elements);
  if (quantized.dtype.empty() || elements.dtype != ElementsOf(quantized.dtype)) {
    return std::nullopt;
  }
  const bool holds = TakePerTensor(map, quantized) || TakePerChannel(checkpoint, map, quantized);
  return holds ? std::optional(quantized) : std::nullopt;
}

}  // namespace statestone::pt
