#include "torch_bridge/carry_value.h"

#include <unordered_map>
#include <utility>

#include "torch_bridge/load_tensor.h"
#include "torch_bridge/optimizer_state/state_value.h"
#include "torch_bridge/tensor_source.h"

namespace statestone {
namespace {

class Carrier {
 public:
  Carrier(const Reader& reader, Writer& writer, std::vector<at::Tensor>& kept)
      : reader_(reader), writer_(writer), kept_(kept) {}

  // All tensors at once: they are read in parallel.
  void Load(const Value& value) {
    Collect(value);
    std::vector<at::Tensor> loaded = LoadCopies(reader_, refs_);
    for (std::size_t i = 0; i < refs_.size(); ++i) loaded_.emplace(refs_[i].index, loaded[i]);
    for (at::Tensor& tensor : loaded) kept_.push_back(std::move(tensor));
  }

  Value Carry(const Value& value) {
    return WithReferences(
        value, [this](TensorRef tensor) { return AddAlone(tensor); },
        [this](ScopeRef scope) { return AddScope(scope); });
  }

 private:
  void Collect(const Value& value) {
    WithReferences(
        value,
        [this](TensorRef tensor) {
          refs_.push_back(tensor);
          return tensor;
        },
        [this](ScopeRef scope) {
          for (const TensorRef tensor : reader_.Tensors(scope)) refs_.push_back(tensor);
          return scope;
        });
  }

  TensorSource SourceOf(TensorRef tensor) const {
    const TensorInfo info = reader_.tensor(tensor);
    TensorSource source = Describe(loaded_.at(tensor.index), std::string(info.name), info.kind);
    source.requires_grad = info.requires_grad;
    return source;
  }

  // One tensor that several places refer to stays one.
  TensorRef AddAlone(TensorRef tensor) {
    const auto found = alone_.find(tensor.index);
    if (found != alone_.end()) return found->second;
    const TensorRef added = writer_.AddAnonymousTensor(SourceOf(tensor));
    return alone_.emplace(tensor.index, added).first->second;
  }

  ScopeRef AddScope(ScopeRef scope) {
    const ScopeRef added = writer_.AddScope();
    for (const TensorRef tensor : reader_.Tensors(scope))
      writer_.AddTensor(added, SourceOf(tensor));
    return added;
  }

  const Reader& reader_;
  Writer& writer_;
  std::vector<at::Tensor>& kept_;
  std::vector<TensorRef> refs_;
  std::unordered_map<std::uint32_t, at::Tensor> loaded_;
  std::unordered_map<std::uint32_t, TensorRef> alone_;
};

}  // namespace

Value CarryValue(const Reader& reader, const Value& value, Writer& writer,
                 std::vector<at::Tensor>& kept) {
  Carrier carrier(reader, writer, kept);
  carrier.Load(value);
  return carrier.Carry(value);
}

}  // namespace statestone
