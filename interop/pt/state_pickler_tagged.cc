// The part of StatePickler that makes tensors, optimizers and schedulers of the maps that stand for
// them.
#include <algorithm>
#include <array>
#include <bit>

#include "interop/pt/state_pickler.h"
#include "statestone/optimizer_state.h"

namespace statestone::pt {

using pickle::Opcode;

namespace {

struct QuantizedClass {
  std::string_view dtype;
  std::string_view name;
};

constexpr std::array<QuantizedClass, 3> kQuantizedClasses = {
    {{"qint8", "QInt8Storage"}, {"quint8", "QUInt8Storage"}, {"qint32", "QInt32Storage"}}};

}  // namespace

bool StatePickler::WriteTagged(const Value& map) {  // NOLINT(misc-no-recursion)
  if (const auto optimizer = ReadOptimizerState(map, MembersIn(checkpoint_))) {
    WriteValue(MakeStateDict(*optimizer));
    return true;
  }
  if (const auto scheduler = ReadSchedulerState(map)) {
    WriteValue(scheduler->state);
    return true;
  }
  if (const auto sparse = ReadTaggedSparse(checkpoint_, map)) {
    WriteSparse(*sparse);
    return true;
  }
  const auto quantized = ReadTaggedQuantized(checkpoint_, map);
  return quantized && WriteQuantized(*quantized);
}

void StatePickler::WritePart(std::string_view name, TensorRef tensor) {
  const PathStep step(path_, name);
  WriteTensor(tensor, /*plain=*/false);
}

// (layout, (indices..., values, size, whether it is coalesced))
void StatePickler::WriteSparse(const TaggedSparse& sparse) {
  out_.Global("torch._utils", "_rebuild_sparse_tensor");
  out_.Global("torch.serialization", "_get_layout");
  out_.Text("torch." + std::string(sparse.layout->name));
  out_.Tuple(1);
  out_.Op(Opcode::kReduce);
  out_.Op(Opcode::kMark);
  const auto names = sparse.layout->parts();
  for (std::size_t i = 0; i < names.size(); ++i) WritePart(names[i], sparse.parts[i]);
  WriteValue(*sparse.size);
  if (sparse.is_coalesced) out_.Bool(*sparse.is_coalesced);
  out_.Op(Opcode::kTuple);
  out_.Tuple(2);
  out_.Op(Opcode::kReduce);
}

// torch gives a storage the elements of the class under which it met it first: where that was
// another one, the tensor cannot be quantized.
bool StatePickler::WriteQuantized(const TaggedQuantized& quantized) {
  const TensorSource& tensor = checkpoint_.tensor(quantized.elements);
  const StoragePlan::View view = plan_.Place(quantized.elements);
  const auto* const row =
      std::ranges::find(kQuantizedClasses, quantized.dtype, &QuantizedClass::dtype);
  const bool apart = !plan_.at(view.number).untyped &&
                     storage_class_.emplace(view.number, row->name).first->second == row->name;
  if (!apart) {
    Lose("that it is a quantized tensor, since others share its integers: written as a dict");
    return false;
  }
  out_.Global("torch._utils", "_rebuild_qtensor");
  out_.Op(Opcode::kMark);
  WriteStorage(view);
  WriteGeometry(tensor, view);
  if (quantized.scales) out_.Op(Opcode::kMark);
  out_.Global("torch", quantized.scheme);
  if (quantized.scales) {
    WritePart("scales", *quantized.scales);
    WritePart("zero_points", *quantized.zero_points);
    out_.Int(static_cast<std::int64_t>(quantized.axis));
    out_.Op(Opcode::kTuple);
  } else {
    out_.Float(std::bit_cast<std::uint64_t>(quantized.scale));
    out_.Int(quantized.zero_point);
    out_.Tuple(3);
  }
  out_.Bool(false);
  WriteOrderedDict();
  out_.Op(Opcode::kTuple);
  out_.Op(Opcode::kReduce);
  return true;
}

}  // namespace statestone::pt
