#include "interop/pt/state_pickler.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "interop/pickle/globals.h"
#include "interop/pt/numpy.h"
#include "statestone/display.h"

namespace statestone::pt {
namespace {

using pickle::Opcode;

bool CanRequireGrad(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kComplex32:
    case DType::kComplex64:
    case DType::kComplex128:
    case DType::kFloat8E4M3FN:
    case DType::kFloat8E5M2:
    case DType::kFloat8E4M3FNUZ:
    case DType::kFloat8E5M2FNUZ:
    case DType::kFloat8E8M0FNU:
    case DType::kFloat4E2M1FNx2:
      return true;
    default:
      return false;
  }
}

// "cuda" and "0" of "cuda:0"; nothing for what no torch says of a device.
bool IsDevice(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view index =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view type = text.substr(0, colon);
  return !type.empty() && std::ranges::all_of(type, is_word) && index.size() <= 3 &&
         std::ranges::all_of(index, is_digit) &&
         (colon == std::string_view::npos || !index.empty());
}

// What a model has beside its tensors and `_metadata`.
bool HasMore(const ModelSource& model) {
  return !model.architecture.empty() || !model.architecture_version.empty() ||
         !model.config.is_null() || model.training != TrainingMode::kUnknown ||
         !model.training_exceptions.empty();
}

}  // namespace

StatePickler::StatePickler(const Checkpoint& checkpoint, StoragePlan& plan,
                           std::vector<LostEntry>& lost)
    : checkpoint_(checkpoint), plan_(plan), lost_(lost) {}

void StatePickler::Lose(std::string what) { lost_.push_back({path_, std::move(what)}); }

std::string StatePickler::Pickle() {
  const auto entries = checkpoint_.entries();
  const bool root = entries.size() == 1 && entries[0].name.empty() &&
                    !std::holds_alternative<AttachmentSource>(entries[0].body);
  if (root) {
    WriteEntry(entries[0]);
    return out_.Finish();
  }
  out_.Op(Opcode::kEmptyDict);
  if (entries.empty()) return out_.Finish();
  out_.Op(Opcode::kMark);
  for (const Checkpoint::Entry& entry : entries) {
    const PathStep step(path_, EscapePathComponent(entry.name));
    if (const auto* attachment = std::get_if<AttachmentSource>(&entry.body)) {
      Lose("an attachment of " + std::to_string(attachment->bytes) + " bytes: left out");
      continue;
    }
    out_.Text(entry.name);
    WriteEntry(entry);
  }
  out_.Op(Opcode::kSetItems);
  return out_.Finish();
}

void StatePickler::WriteEntry(const Checkpoint::Entry& entry) {
  if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
    WriteModel(*model);
  } else {
    WriteValue(std::get<Value>(entry.body));
  }
}

void StatePickler::WriteModel(const ModelSource& model) {
  if (HasMore(model)) {
    Lose("what a model has beside its state_dict: architecture, config, training modes");
  }
  WriteOrderedDict();
  WriteMembers(model.scope, /*plain=*/true);
  if (model.metadata.is_null()) return;
  out_.Op(Opcode::kEmptyDict);
  out_.Text("_metadata");
  WriteValue(model.metadata);
  out_.Op(Opcode::kSetItem);
  out_.Op(Opcode::kBuild);
}

void StatePickler::WriteValue(const Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
  switch (value.kind()) {
    case ValueKind::kNull:
      return out_.Op(Opcode::kNone);
    case ValueKind::kBool:
      return out_.Bool(value.AsBool());
    case ValueKind::kInt64:
    case ValueKind::kUInt64:
    case ValueKind::kBigInt:
      return WriteInteger(value);
    case ValueKind::kFloat64:
      return out_.Float(value.number());
    case ValueKind::kComplex128:
      out_.Global("__builtin__", "complex");
      out_.Float(value.number());
      out_.Float(value.imaginary());
      out_.Tuple(2);
      return out_.Op(Opcode::kReduce);
    case ValueKind::kString:
      return out_.Text(value.AsString());
    case ValueKind::kBytes:
      return out_.Bytes(value.AsBytes());
    case ValueKind::kByteArray:
      out_.Global("__builtin__", "bytearray");
      out_.Bytes(value.AsBytes());
      out_.Tuple(1);
      return out_.Op(Opcode::kReduce);
    case ValueKind::kList:
      return WriteItems(value.items());
    case ValueKind::kTuple:
    case ValueKind::kSize:
      if (value.kind() == ValueKind::kSize) out_.Global("torch", "Size");
      if (value.items().size() > 3) out_.Op(Opcode::kMark);
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        const PathStep step(path_, std::to_string(i));
        WriteValue(value.items()[i]);
      }
      out_.Tuple(value.items().size());
      if (value.kind() == ValueKind::kTuple) return;
      out_.Tuple(1);
      return out_.Op(Opcode::kReduce);
    case ValueKind::kSet:
      return WriteSet("set", value);
    case ValueKind::kFrozenSet:
      return WriteSet("frozenset", value);
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      return WriteMap(value);
    case ValueKind::kDType:
      return WriteDType(value);
    case ValueKind::kDevice:
      return WriteDevice(value);
    case ValueKind::kTensor:
      return WriteTensor(value.AsTensor(), /*plain=*/false);
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      return WriteTensorDict(value);
    case ValueKind::kTypedScalar:
      return WriteTypedScalar(value);
  }
  throw Error(ErrorCode::kUnsupported,
              {.entry = path_, .problem = "the value is of a kind of the future"});
}

void StatePickler::WriteInteger(const Value& value) {
  if (value.kind() == ValueKind::kInt64) return out_.Int(value.AsInt());
  if (value.kind() == ValueKind::kBigInt) return out_.BigInt(value.AsBytes());
  // Above 2^63: a ninth byte says that it is not negative.
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value.number() >> shift);
  out_.BigInt(bytes + '\0');
}

void StatePickler::WriteItems(std::span<const Value> items) {  // NOLINT(misc-no-recursion)
  out_.Op(Opcode::kEmptyList);
  if (items.empty()) return;
  out_.Op(Opcode::kMark);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const PathStep step(path_, std::to_string(i));
    WriteValue(items[i]);
  }
  out_.Op(Opcode::kAppends);
}

void StatePickler::WriteSet(const char* type, const Value& value) {  // NOLINT(misc-no-recursion)
  out_.Global("__builtin__", type);
  WriteItems(value.items());
  out_.Tuple(1);
  out_.Op(Opcode::kReduce);
}

void StatePickler::WriteOrderedDict() {
  out_.Global("collections", "OrderedDict");
  out_.Tuple(0);
  out_.Op(Opcode::kReduce);
}

void StatePickler::WriteMap(const Value& value) {  // NOLINT(misc-no-recursion)
  if (WriteTagged(value)) return;
  if (value.kind() == ValueKind::kMap) {
    out_.Op(Opcode::kEmptyDict);
  } else {
    WriteOrderedDict();
  }
  WritePairs(value);
  WriteAttributes(value.attributes());
}

void StatePickler::WritePairs(const Value& map) {  // NOLINT(misc-no-recursion)
  if (map.items().empty()) return;
  out_.Op(Opcode::kMark);
  for (std::size_t i = 0; i < map.items().size(); ++i) {
    const PathStep step(path_, KeyComponent(map.keys()[i]));
    WriteValue(map.keys()[i]);
    WriteValue(map.items()[i]);
  }
  out_.Op(Opcode::kSetItems);
}

void StatePickler::WriteTensorDict(const Value& value) {  // NOLINT(misc-no-recursion)
  if (value.kind() == ValueKind::kTensorDict) {
    out_.Op(Opcode::kEmptyDict);
  } else {
    WriteOrderedDict();
  }
  WriteMembers(value.AsScope(), /*plain=*/false);
  WriteAttributes(value.attributes());
}

void StatePickler::WriteMembers(ScopeRef scope, bool plain) {
  const auto tensors = checkpoint_.Tensors(scope);
  if (tensors.empty()) return;
  out_.Op(Opcode::kMark);
  for (const TensorRef tensor : tensors) {
    const std::string& name = checkpoint_.tensor(tensor).name;
    const PathStep step(path_, EscapePathComponent(name));
    out_.Text(name);
    WriteTensor(tensor, plain);
  }
  out_.Op(Opcode::kSetItems);
}

void StatePickler::WriteAttributes(const Value& attributes) {  // NOLINT(misc-no-recursion)
  if (attributes.is_null() || attributes.items().empty()) return;
  out_.Op(Opcode::kEmptyDict);
  WritePairs(attributes);
  out_.Op(Opcode::kBuild);
}

void StatePickler::WriteDType(const Value& value) {
  const std::string name = value.AsDTypeName();
  const auto row = pickle::FindGlobal("torch", name);
  if (row && pickle::GlobalAt(*row).listed == pickle::Listed::kDType) {
    return out_.Global("torch", name);
  }
  Lose("the dtype " + name + ", which torch does not have: written as a text");
  out_.Text(name);
}

void StatePickler::WriteDevice(const Value& value) {
  const std::string& device = value.AsDevice();
  if (!IsDevice(device)) {
    Lose("the device " + device + ", which is none: written as a text");
    return out_.Text(device);
  }
  out_.Global("torch", "device");
  const std::size_t colon = device.find(':');
  out_.Text(device.substr(0, colon));
  if (colon != std::string::npos) out_.Int(std::stoi(device.substr(colon + 1)));
  out_.Tuple(colon == std::string::npos ? 1 : 2);
  out_.Op(Opcode::kReduce);
}

// As NumPy pickles a scalar: its dtype with what that always says of itself, then the element.
void StatePickler::WriteTypedScalar(const Value& value) {
  const DType dtype = *DTypeFromName(value.AsDTypeName());
  const std::string_view code = NumpyTypeCode(dtype);
  if (code.empty()) {
    Lose("a scalar of " + std::string(Name(dtype)) +
         ", which NumPy does not have: written as bytes");
    return out_.Bytes(value.AsBytes());
  }
  out_.Global("numpy._core.multiarray", "scalar");
  out_.Global("numpy", "dtype");
  out_.Text(code);
  out_.Bool(false);
  out_.Bool(true);
  out_.Tuple(3);
  out_.Op(Opcode::kReduce);
  out_.Op(Opcode::kMark);
  out_.Int(3);
  out_.Text(ElementBytes(dtype) == 1 ? "|" : "<");
  for (int i = 0; i < 3; ++i) out_.Op(Opcode::kNone);
  out_.Int(-1);
  out_.Int(-1);
  out_.Int(0);
  out_.Op(Opcode::kTuple);
  out_.Op(Opcode::kBuild);
  out_.Bytes(value.AsBytes());
  out_.Tuple(2);
  out_.Op(Opcode::kReduce);
}

void StatePickler::WriteTensor(TensorRef ref, bool plain) {
  const auto known = written_.find(ref.index);
  if (known != written_.end()) return out_.Get(known->second);
  const TensorSource& tensor = checkpoint_.tensor(ref);
  bool requires_grad = tensor.requires_grad && !plain;
  if (requires_grad && !CanRequireGrad(tensor.dtype)) {
    Lose("requires_grad of a tensor of " + std::string(Name(tensor.dtype)) +
         ", which torch does not have");
    requires_grad = false;
  }
  if (tensor.kind == TensorKind::kParameter && !plain) {
    out_.Global("torch._utils", "_rebuild_parameter");
    WriteView(tensor, ref, /*requires_grad=*/false);
    out_.Bool(requires_grad);
    WriteOrderedDict();
    out_.Tuple(3);
    out_.Op(Opcode::kReduce);
  } else {
    WriteView(tensor, ref, requires_grad);
  }
  written_.emplace(ref.index, out_.Keep());
}

void StatePickler::WriteStorage(const StoragePlan::View& view) {
  const StoragePlan::Storage& storage = plan_.at(view.number);
  out_.Op(Opcode::kMark);
  out_.Repeated("storage");
  if (storage.untyped) {
    out_.Global("torch.storage", "UntypedStorage");
  } else {
    const auto known = storage_class_.emplace(view.number, StorageClass(storage.dtype)).first;
    out_.Global("torch", known->second);
  }
  out_.Text(std::to_string(view.number));
  out_.Repeated("cpu");
  const std::uint64_t unit = storage.untyped ? 1 : ElementBytes(storage.dtype);
  out_.Int(static_cast<std::int64_t>(storage.bytes / unit));
  out_.Op(Opcode::kTuple);
  out_.Op(Opcode::kBinPersId);
}

void StatePickler::WriteGeometry(const TensorSource& tensor, const StoragePlan::View& view) {
  out_.Int(static_cast<std::int64_t>(view.offset));
  for (const auto& numbers : {std::span(tensor.shape), std::span(view.strides)}) {
    if (numbers.size() > 3) out_.Op(Opcode::kMark);
    for (const std::uint64_t number : numbers) out_.Int(static_cast<std::int64_t>(number));
    out_.Tuple(numbers.size());
  }
}

// With a dtype of its own where that is not the one of the storage's class.
void StatePickler::WriteView(const TensorSource& tensor, TensorRef ref, bool requires_grad) {
  const StoragePlan::View view = plan_.Place(ref);
  const auto known = storage_class_.find(view.number);
  const bool own_dtype =
      plan_.at(view.number).untyped ||
      (known != storage_class_.end() && known->second != StorageClass(tensor.dtype));
  out_.Global("torch._utils", own_dtype ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2");
  out_.Op(Opcode::kMark);
  WriteStorage(view);
  WriteGeometry(tensor, view);
  out_.Bool(requires_grad);
  WriteOrderedDict();
  if (own_dtype) out_.Global("torch", Name(tensor.dtype));
  out_.Op(Opcode::kTuple);
  out_.Op(Opcode::kReduce);
}

}  // namespace statestone::pt
