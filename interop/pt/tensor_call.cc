#include "interop/pt/tensor_call.h"

#include <string>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/refusal.h"
#include "statestone/limits.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;

// A parameter around a subclass around a tensor is three deep; nothing real is deeper.
constexpr int kMostWrappers = 8;

class TensorReader {
 public:
  TensorReader(const pickle::Pickle& pickle, Storages& storages)
      : pickle_(pickle), storages_(storages) {}

  TensorSpec Read(ObjectId call, int depth) {
    const auto listed = Callee(pickle_.objects, call);
    const CallArguments args(pickle_, call);
    if (listed == Listed::kTensorType) return ReadOfType(args, call);
    TensorSpec spec = Read(listed.value_or(Listed::kRefused), args, depth);
    if (listed == Listed::kParameterClass) ApplyState(spec, call);
    return spec;
  }

 private:
  TensorSpec Read(Listed function, const CallArguments& args, int depth) {
    Require(CheckSite::kPtWrappers, depth < kMostWrappers,
            [&] { return args.Corrupt("tensors are wrapped in each other too deeply"); });
    switch (function) {
      case Listed::kRebuildTensor:
        args.RequireCount(4, 4);
        return View(args, StoredDType(args));
      case Listed::kRebuildTensorV2:
        return ReadV2(args);
      case Listed::kRebuildTensorV3:
        return ReadV3(args);
      case Listed::kParameterClass:
      case Listed::kRebuildParameter:
      case Listed::kRebuildWithState:
        return ReadParameter(args, depth);
      case Listed::kRebuildFromType:
        return ReadFromType(args, depth);
      case Listed::kRebuildFromCpu:
        return ReadFromCpu(args, depth);
      case Listed::kRebuildQuantized:
        return ReadQuantized(args);
      default:
        throw args.Corrupt("it does not rebuild a tensor");
    }
  }

  TensorSpec ReadV2(const CallArguments& args) {
    args.RequireCount(6, 7);
    TensorSpec spec = View(args, StoredDType(args));
    spec.requires_grad = args.Bool(4);
    if (args.size() == 7) CheckMetadata(args.at(6));
    return spec;
  }

  TensorSpec ReadV3(const CallArguments& args) {
    args.RequireCount(7, 8);
    TensorSpec spec = View(args, DTypeOf(args, 6));
    spec.requires_grad = args.Bool(4);
    if (args.size() == 8) CheckMetadata(args.at(7));
    return spec;
  }

  TensorSpec ReadParameter(const CallArguments& args, int depth) {
    args.RequireCount(1, 4);
    TensorSpec spec = Read(TensorArgument(args, 0), depth + 1);
    spec.kind = TensorKind::kParameter;
    spec.requires_grad = args.size() < 2 || args.Bool(1);
    if (args.size() == 4) AddAttributes(spec, args.at(3));
    return spec;
  }

  // torch.FloatTensor() and the state (storage, offset, shape, strides), from before 2017.
  TensorSpec ReadOfType(const CallArguments& args, ObjectId call) {
    args.RequireCount(0, 0);
    const pickle::Object& object = pickle_.objects[call];
    Require(CheckSite::kPickleArguments, object.call.state != pickle::kNoObject,
            [&] { return args.Corrupt("the tensor has no state"); });
    const auto row = static_cast<std::uint32_t>(pickle_.objects[object.source].integer);
    const CallArguments state(pickle_, object.call.state, object.call.offset, "a tensor's state");
    state.RequireCount(4, 4);
    const DType dtype = StoredDType(state);
    Require(CheckSite::kPtTensorType, pickle::GlobalAt(row).dtype == Name(dtype), [&] {
      return args.Corrupt("the tensor is not of its storage's dtype", std::string(Name(dtype)));
    });
    return View(state, dtype);
  }

  // (requires_grad, volatile, hooks): what releases before 0.4 told of a parameter.
  void ApplyState(TensorSpec& spec, ObjectId call) const {
    const pickle::Object& object = pickle_.objects[call];
    if (object.call.state == pickle::kNoObject) return;
    const CallArguments state(pickle_, object.call.state, object.call.offset,
                              "a parameter's state");
    state.RequireCount(3, 3);
    spec.requires_grad = state.Bool(0);
  }

  // (function, class, its arguments, attributes): a tensor with attributes, or of another class.
  TensorSpec ReadFromType(const CallArguments& args, int depth) {
    args.RequireCount(4, 4);
    const ObjectId type = args.at(1);
    const auto listed = ListedAs(pickle_.objects, type);
    const bool plain = listed == Listed::kTensorClass || listed == Listed::kParameterClass;
    Require(CheckSite::kPtSubclass, plain, [&] {
      return Unrepresentable(
          "a tensor of the class " + UnlistedName(pickle_.objects, type),
          "save x.as_subclass(torch.Tensor), or the tensors it is made of, instead");
    });
    const Listed function = args.Global(0);
    const CallArguments inner(pickle_, args.at(2), args.call_offset(), "a tensor's function");
    RequireInner(args.at(0));
    TensorSpec spec = Read(function, inner, depth + 1);
    if (listed == Listed::kParameterClass) spec.kind = TensorKind::kParameter;
    AddAttributes(spec, args.at(3));
    return spec;
  }

  // The integers of a quantized tensor; what they stand for is read elsewhere.
  TensorSpec ReadQuantized(const CallArguments& args) {
    args.RequireCount(6, 7);
    const StorageElement element = storages_.At(Storage(args)).element;
    Require(CheckSite::kPtQuantized, !element.quantized.empty(),
            [&] { return args.Corrupt("its storage is not quantized"); });
    Require(CheckSite::kPtQuantized, !args.Bool(5),
            [&] { return args.Corrupt("a quantized tensor cannot require gradients"); });
    if (element.quantized.find('x') != std::string_view::npos) {
      throw Unrepresentable("a quantized tensor with several elements in a byte",
                            "dequantize it, or save x.int_repr() with its scale");
    }
    TensorSpec spec = View(args, element.dtype);
    spec.quantized = element.quantized;
    return spec;
  }

  TensorSpec ReadFromCpu(const CallArguments& args, int depth) {
    args.RequireCount(4, 4);
    TensorSpec spec = Read(TensorArgument(args, 0), depth + 1);
    spec.requires_grad = args.Bool(3);
    return spec;
  }

  ObjectId TensorArgument(const CallArguments& args, std::size_t i) const {
    const ObjectId id = args.at(i);
    Require(CheckSite::kPickleArguments, Callee(pickle_.objects, id).has_value(),
            [&] { return args.Corrupt("its data is not a tensor"); });
    RequireInner(pickle_.objects[id].source);
    return id;
  }

  // Tensors that are kept by their parts cannot be parameters or have attributes.
  void RequireInner(ObjectId function) const {
    const auto row = static_cast<std::uint32_t>(pickle_.objects[function].integer);
    const pickle::Global& global = pickle::GlobalAt(row);
    if (!global.what.empty()) throw Unrepresentable(global.what, global.advice);
  }

  ObjectId Storage(const CallArguments& args) const {
    const ObjectId id = args.at(0);
    Require(CheckSite::kPickleArguments, pickle_.objects.Is(id, Kind::kStorage),
            [&] { return args.Corrupt("its first argument is not a storage"); });
    return id;
  }

  DType StoredDType(const CallArguments& args) const {
    const StorageElement element = storages_.At(Storage(args)).element;
    if (!element.quantized.empty()) {
      throw Unrepresentable("a quantized tensor",
                            "dequantize it, or save x.int_repr() with its scale");
    }
    return element.dtype;
  }

  DType DTypeOf(const CallArguments& args, std::size_t i) const {
    Require(CheckSite::kPickleArguments, args.Global(i) == Listed::kDType,
            [&] { return args.Corrupt("its dtype is not a dtype"); });
    const auto row = static_cast<std::uint32_t>(pickle_.objects[args.at(i)].integer);
    const auto dtype = DTypeFromName(pickle::GlobalAt(row).dtype);
    if (!dtype) {
      throw Unrepresentable("a tensor of dtype " + std::string(pickle::GlobalAt(row).dtype),
                            "dequantize it, or save x.int_repr() with its scale");
    }
    return *dtype;
  }

  // Bits that make torch compute the elements from the stored bytes when they are looked at.
  void CheckMetadata(ObjectId metadata) const {
    if (pickle_.objects.Is(metadata, Kind::kNone)) return;
    const bool is_dict = pickle_.objects.Is(metadata, Kind::kDict);
    const auto items = is_dict ? pickle_.objects.Items(metadata) : std::span<const ObjectId>();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const bool off = pickle_.objects.Is(items[i + 1], Kind::kBool) &&
                       pickle_.objects[items[i + 1]].integer == 0;
      if (off) continue;
      const bool named = pickle_.objects.Is(items[i], Kind::kString);
      const std::string_view name = named ? pickle_.objects.Text(items[i]) : "unknown";
      const std::string advice = name == "conj"  ? "save x.resolve_conj() instead"
                                 : name == "neg" ? "save x.resolve_neg() instead"
                                                 : "save x.clone() instead";
      Require(CheckSite::kPtLazyBits, false, [&] {
        return Unrepresentable("a tensor whose " + std::string(name) + " bit is set", advice);
      });
    }
    Require(CheckSite::kPtLazyBits, is_dict, [] {
      return Unrepresentable("a tensor with metadata of an unknown kind", "save x.clone() instead");
    });
  }

  // With slots the attributes are a pair of dicts; a tensor's own slots hold nothing to keep.
  void AddAttributes(TensorSpec& spec, ObjectId state) const {
    if (pickle_.objects.Is(state, Kind::kTuple) && !pickle_.objects.Items(state).empty()) {
      state = pickle_.objects.Items(state)[0];
    }
    if (pickle_.objects.Is(state, Kind::kNone)) return;
    if (pickle_.objects.Is(state, Kind::kDict) && pickle_.objects.Items(state).empty()) return;
    spec.attributes = state;
  }

  TensorSpec View(const CallArguments& args, DType dtype) {
    const StorageView storage = storages_.At(Storage(args));
    TensorSpec spec{.dtype = dtype, .record = storage.record};
    spec.shape = args.Sizes(2, "a dimension");
    spec.strides = args.Sizes(3, "a stride");
    CheckShape(args, spec);
    const std::uint64_t element_bytes = ElementBytes(dtype);
    const auto offset = bytes::CheckedMultiply(args.Unsigned(1, "its offset"), element_bytes);
    spec.extent = layout::ExtentBytes({spec.shape, spec.strides, element_bytes});
    spec.bytes = layout::ElementCount(spec.shape) * element_bytes;
    const bool empty = spec.bytes == 0;
    Require(CheckSite::kPtTensorExtent,
            empty || (offset && bytes::RangeFits(*offset, spec.extent, storage.bytes)), [&] {
              return args.Corrupt("the tensor reaches outside of its storage",
                                  std::to_string(storage.bytes) + " bytes",
                                  std::to_string(spec.extent) + " at offset " +
                                      (offset ? std::to_string(*offset) : "beyond 2^64"));
            });
    spec.offset = empty ? 0 : storage.offset + *offset;
    return spec;
  }

  // Sizes of which every later sum and product fits 64 bits: the extent, and the elements.
  static void CheckShape(const CallArguments& args, TensorSpec& spec) {
    Require(CheckSite::kPtTensorShape, spec.shape.size() == spec.strides.size(), [&] {
      return args.Corrupt("as many strides as dimensions are needed",
                          std::to_string(spec.shape.size()), std::to_string(spec.strides.size()));
    });
    Require(CheckSite::kPtTensorShape, spec.shape.size() <= limits::kRank, [&] {
      return Error(ErrorCode::kLimit, {.problem = "a tensor has too many dimensions",
                                       .expected = std::to_string(limits::kRank),
                                       .found = std::to_string(spec.shape.size())});
    });
    std::uint64_t elements = ElementBytes(spec.dtype);
    std::uint64_t last = 0;
    bool fits = true;
    for (std::size_t k = 0; k < spec.shape.size() && fits; ++k) {
      const std::uint64_t steps = spec.shape[k] < 2 ? 0 : spec.shape[k] - 1;
      const auto product = bytes::CheckedMultiply(elements, spec.shape[k] == 0 ? 1 : spec.shape[k]);
      const auto reach = bytes::CheckedMultiply(steps, spec.strides[k]);
      const auto sum = reach ? bytes::CheckedAdd(last, *reach) : reach;
      fits = product && sum && *product <= limits::kStorageBytes && *sum <= limits::kStorageBytes;
      elements = product.value_or(0);
      last = sum.value_or(0);
      // The stride of a dimension of size 1 or 0 means nothing: keep it in the range of the format.
      if (steps == 0 && spec.strides[k] > limits::kStorageBytes) spec.strides[k] = 1;
    }
    Require(CheckSite::kPtTensorShape, fits, [&] {
      return args.Corrupt("the tensor's shape and strides go beyond any memory", "at most 2^56");
    });
  }

  const pickle::Pickle& pickle_;
  Storages& storages_;
};

}  // namespace

bool IsTensorCall(const pickle::ObjectStore& objects, ObjectId id) {
  const auto callee = Callee(objects, id);
  return callee && *callee >= Listed::kParameterClass && *callee <= Listed::kRebuildFromCpu;
}

bool ViewsStorage(const pickle::ObjectStore& objects, ObjectId id) {
  return IsTensorCall(objects, id) || Callee(objects, id) == Listed::kRebuildQuantized;
}

TensorSpec ReadTensorCall(const pickle::Pickle& pickle, Storages& storages, ObjectId call) {
  return TensorReader(pickle, storages).Read(call, 0);
}

}  // namespace statestone::pt
