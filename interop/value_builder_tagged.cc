// The part of ValueBuilder that keeps tensors of other layouts and quantized ones by their parts.
#include <string>

#include "codec/check/require.h"
#include "codec/tagged/tag.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/quantized_call.h"
#include "interop/pt/sparse_call.h"
#include "interop/pt/tagged_value.h"
#include "interop/value_builder.h"

namespace statestone {

using pickle::ObjectId;

Value ValueBuilder::BuildPart(std::string_view name, ObjectId tensor, const pt::IndexRule* rule) {
  const Value key(name);
  const KeyStep step(path_, key);
  if (rule != nullptr) return Value::Tensor(tensors_.AddIndices(tensor, path_.Text(), *rule));
  return Value::Tensor(tensors_.AddAnonymous(tensor, path_.Text()));
}

Value ValueBuilder::BuildSparse(ObjectId id) {
  const pt::SparseSpec sparse = pt::ReadSparseCall(pickle_, id);
  std::vector<pt::TensorSpec> specs;
  for (const ObjectId part : sparse.parts) specs.push_back(tensors_.SpecOf(part));
  const auto rules = pt::CheckSparseParts(pickle_, id, sparse, specs);
  std::vector<Value> size;
  size.reserve(sparse.size.size());
  for (const std::uint64_t dim : sparse.size) {
    size.emplace_back(static_cast<unsigned long long>(dim));
  }
  budget_.SpendNodes(2 * (sparse.parts.size() + 3) + size.size());
  std::vector<Value::Pair> pairs;
  pairs.emplace_back(Value(tagged::kTag), Value(sparse.layout->name));
  const auto names = sparse.layout->parts();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const pt::IndexRule* rule = i < rules.size() ? &rules[i] : nullptr;
    pairs.emplace_back(Value(names[i]), BuildPart(names[i], sparse.parts[i], rule));
  }
  pairs.emplace_back(Value("size"), Value::Size(std::move(size)));
  if (sparse.is_coalesced) pairs.emplace_back(Value("is_coalesced"), Value(*sparse.is_coalesced));
  return Value::Map(std::move(pairs));
}

void ValueBuilder::CheckChannels(ObjectId id, const pt::QuantizedSpec& quantized) {
  const pt::TensorSpec elements = tensors_.SpecOf(id);
  for (const ObjectId tensor : {quantized.scales, quantized.zero_points}) {
    const pt::TensorSpec channels = tensors_.SpecOf(tensor);
    const bool fits =
        pt::AreChannels(channels.dtype, channels.shape, elements.shape, quantized.axis);
    Require(CheckSite::kPtQuantized, fits, [&] {
      return pt::CallArguments(pickle_, id)
          .Corrupt("it needs a scale and a zero point for each of its channels");
    });
  }
}

Value ValueBuilder::BuildQuantized(ObjectId id) {
  const pt::QuantizedSpec quantized = pt::ReadQuantizedCall(pickle_, id);
  const std::string_view dtype = tensors_.SpecOf(id).quantized;
  budget_.SpendNodes(14);
  std::vector<Value::Pair> pairs;
  pairs.emplace_back(Value(tagged::kTag), Value(pt::kQuantizedTag));
  pairs.emplace_back(Value("dtype"), Value::DTypeName(std::string(dtype)));
  pairs.emplace_back(Value("qscheme"), Value(quantized.scheme));
  pairs.emplace_back(Value("int_repr"), BuildPart("int_repr", id));
  if (!quantized.per_channel()) {
    pairs.emplace_back(Value("scale"), Value(quantized.scale));
    pairs.emplace_back(Value("zero_point"), Value(static_cast<long long>(quantized.zero_point)));
    return Value::Map(std::move(pairs));
  }
  CheckChannels(id, quantized);
  pairs.emplace_back(Value("scales"), BuildPart("scales", quantized.scales));
  pairs.emplace_back(Value("zero_points"), BuildPart("zero_points", quantized.zero_points));
  pairs.emplace_back(Value("axis"), Value(static_cast<unsigned long long>(quantized.axis)));
  return Value::Map(std::move(pairs));
}

}  // namespace statestone
