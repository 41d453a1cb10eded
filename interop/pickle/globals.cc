#include "interop/pickle/globals.h"

#include <string>
#include <unordered_map>

#include "interop/pickle/bounds.h"

namespace statestone::pickle {
namespace {

constexpr std::string_view kToDense = "save x.to_dense() instead";
constexpr std::string_view kToPlain = "dequantize it, or save x.int_repr() with its scale";
constexpr std::string_view kMaterialize = "give it data before you save it";
constexpr std::string_view kToParts = "save its parts: the list x.unbind() gives";
constexpr std::string_view kSaveName = "save its name as a string";
constexpr std::string_view kToCpu = "move it to the CPU before you save it: x.cpu()";

constexpr Global kGlobals[] = {
    {"collections.OrderedDict", Listed::kOrderedDict},
    {"collections.Counter", Listed::kCounter},
    {"collections.defaultdict", Listed::kDefaultDict},
    {"builtins.set", Listed::kSet},
    {"builtins.frozenset", Listed::kFrozenSet},
    {"builtins.complex", Listed::kComplex},
    {"builtins.bytes", Listed::kBytes},
    {"builtins.bytearray", Listed::kByteArray},
    {"_codecs.encode", Listed::kEncode},
    {"builtins.list", Listed::kPlainClass},
    {"builtins.dict", Listed::kPlainClass},
    {"builtins.tuple", Listed::kPlainClass},
    {"builtins.int", Listed::kPlainClass},
    {"builtins.float", Listed::kPlainClass},
    {"builtins.bool", Listed::kPlainClass},
    {"builtins.str", Listed::kPlainClass},
    {"torch.Size", Listed::kSize},
    {"torch.device", Listed::kDevice},
    {"torch.Tensor", Listed::kTensorClass},
    {"torch._tensor.Tensor", Listed::kTensorClass},
    {"torch.nn.parameter.Parameter", Listed::kParameterClass},
    {"torch._utils._rebuild_tensor", Listed::kRebuildTensor},
    {"torch._utils._rebuild_tensor_v2", Listed::kRebuildTensorV2},
    {"torch._utils._rebuild_tensor_v3", Listed::kRebuildTensorV3},
    {"torch._utils._rebuild_parameter", Listed::kRebuildParameter},
    {"torch._utils._rebuild_parameter_with_state", Listed::kRebuildWithState},
    {"torch._tensor._rebuild_from_type", Listed::kRebuildFromType},
    {"torch._tensor._rebuild_from_type_v2", Listed::kRebuildFromType},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor", Listed::kRebuildFromCpu},
    {"numpy.dtype", Listed::kNumpyDType},
    {"numpy.ndarray", Listed::kNumpyArrayClass},
    {"numpy._core.multiarray.scalar", Listed::kNumpyScalar},
    {"numpy._core.multiarray._reconstruct", Listed::kNumpyReconstruct},
    {"numpy._core.numeric._frombuffer", Listed::kNumpyFromBuffer},

    {"torch.FloatStorage", Listed::kStorageClass, "float32"},
    {"torch.DoubleStorage", Listed::kStorageClass, "float64"},
    {"torch.HalfStorage", Listed::kStorageClass, "float16"},
    {"torch.BFloat16Storage", Listed::kStorageClass, "bfloat16"},
    {"torch.LongStorage", Listed::kStorageClass, "int64"},
    {"torch.IntStorage", Listed::kStorageClass, "int32"},
    {"torch.ShortStorage", Listed::kStorageClass, "int16"},
    {"torch.CharStorage", Listed::kStorageClass, "int8"},
    {"torch.ByteStorage", Listed::kStorageClass, "uint8"},
    {"torch.BoolStorage", Listed::kStorageClass, "bool"},
    {"torch.ComplexFloatStorage", Listed::kStorageClass, "complex64"},
    {"torch.ComplexDoubleStorage", Listed::kStorageClass, "complex128"},
    {"torch.storage.UntypedStorage", Listed::kStorageClass, "uint8"},
    {"torch.UntypedStorage", Listed::kStorageClass, "uint8"},
    {"torch.QInt8Storage", Listed::kQuantizedStorage, "qint8"},
    {"torch.QUInt8Storage", Listed::kQuantizedStorage, "quint8"},
    {"torch.QInt32Storage", Listed::kQuantizedStorage, "qint32"},
    {"torch.QUInt4x2Storage", Listed::kQuantizedStorage, "quint4x2"},
    {"torch.QUInt2x4Storage", Listed::kQuantizedStorage, "quint2x4"},

    {"torch.FloatTensor", Listed::kTensorType, "float32"},
    {"torch.DoubleTensor", Listed::kTensorType, "float64"},
    {"torch.HalfTensor", Listed::kTensorType, "float16"},
    {"torch.BFloat16Tensor", Listed::kTensorType, "bfloat16"},
    {"torch.LongTensor", Listed::kTensorType, "int64"},
    {"torch.IntTensor", Listed::kTensorType, "int32"},
    {"torch.ShortTensor", Listed::kTensorType, "int16"},
    {"torch.CharTensor", Listed::kTensorType, "int8"},
    {"torch.ByteTensor", Listed::kTensorType, "uint8"},
    {"torch.BoolTensor", Listed::kTensorType, "bool"},
    {"torch.cuda.FloatTensor", Listed::kTensorType, "float32"},
    {"torch.cuda.DoubleTensor", Listed::kTensorType, "float64"},
    {"torch.cuda.HalfTensor", Listed::kTensorType, "float16"},
    {"torch.cuda.LongTensor", Listed::kTensorType, "int64"},
    {"torch.cuda.IntTensor", Listed::kTensorType, "int32"},
    {"torch.cuda.ShortTensor", Listed::kTensorType, "int16"},
    {"torch.cuda.CharTensor", Listed::kTensorType, "int8"},
    {"torch.cuda.ByteTensor", Listed::kTensorType, "uint8"},

    {"torch.bool", Listed::kDType, "bool"},
    {"torch.uint8", Listed::kDType, "uint8"},
    {"torch.int8", Listed::kDType, "int8"},
    {"torch.uint16", Listed::kDType, "uint16"},
    {"torch.int16", Listed::kDType, "int16"},
    {"torch.uint32", Listed::kDType, "uint32"},
    {"torch.int32", Listed::kDType, "int32"},
    {"torch.uint64", Listed::kDType, "uint64"},
    {"torch.int64", Listed::kDType, "int64"},
    {"torch.float16", Listed::kDType, "float16"},
    {"torch.bfloat16", Listed::kDType, "bfloat16"},
    {"torch.float32", Listed::kDType, "float32"},
    {"torch.float64", Listed::kDType, "float64"},
    {"torch.complex32", Listed::kDType, "complex32"},
    {"torch.complex64", Listed::kDType, "complex64"},
    {"torch.complex128", Listed::kDType, "complex128"},
    {"torch.float8_e4m3fn", Listed::kDType, "float8_e4m3fn"},
    {"torch.float8_e5m2", Listed::kDType, "float8_e5m2"},
    {"torch.float8_e4m3fnuz", Listed::kDType, "float8_e4m3fnuz"},
    {"torch.float8_e5m2fnuz", Listed::kDType, "float8_e5m2fnuz"},
    {"torch.float8_e8m0fnu", Listed::kDType, "float8_e8m0fnu"},
    {"torch.float4_e2m1fn_x2", Listed::kDType, "float4_e2m1fn_x2"},
    {"torch.bits8", Listed::kDType, "bits8"},
    {"torch.bits16", Listed::kDType, "bits16"},
    {"torch.bits1x8", Listed::kDType, "bits1x8"},
    {"torch.bits2x4", Listed::kDType, "bits2x4"},
    {"torch.bits4x2", Listed::kDType, "bits4x2"},
    {"torch.int1", Listed::kDType, "int1"},
    {"torch.int2", Listed::kDType, "int2"},
    {"torch.int3", Listed::kDType, "int3"},
    {"torch.int4", Listed::kDType, "int4"},
    {"torch.int5", Listed::kDType, "int5"},
    {"torch.int6", Listed::kDType, "int6"},
    {"torch.int7", Listed::kDType, "int7"},
    {"torch.uint1", Listed::kDType, "uint1"},
    {"torch.uint2", Listed::kDType, "uint2"},
    {"torch.uint3", Listed::kDType, "uint3"},
    {"torch.uint4", Listed::kDType, "uint4"},
    {"torch.uint5", Listed::kDType, "uint5"},
    {"torch.uint6", Listed::kDType, "uint6"},
    {"torch.uint7", Listed::kDType, "uint7"},
    {"torch.qint8", Listed::kDType, "qint8"},
    {"torch.quint8", Listed::kDType, "quint8"},
    {"torch.qint32", Listed::kDType, "qint32"},
    {"torch.quint4x2", Listed::kDType, "quint4x2"},
    {"torch.quint2x4", Listed::kDType, "quint2x4"},

    {"torch._utils._rebuild_sparse_tensor", Listed::kRebuildSparse, "", "a sparse tensor",
     kToDense},
    {"torch._utils._rebuild_sparse_csr_tensor", Listed::kRebuildSparse, "", "a sparse tensor",
     kToDense},
    {"torch._utils._rebuild_qtensor", Listed::kRebuildQuantized, "", "a quantized tensor",
     kToPlain},
    {"torch._utils._rebuild_nested_tensor", Listed::kRefused, "", "a nested tensor", kToParts},
    {"torch._utils._rebuild_meta_tensor_no_storage", Listed::kRefused, "",
     "a meta tensor, which has no data", kMaterialize},
    {"torch._utils._rebuild_wrapper_subclass", Listed::kRefused, "",
     "a tensor subclass without data of its own", "save the tensors it is made of"},
    {"torch._utils._rebuild_device_tensor_from_numpy", Listed::kRefused, "",
     "a tensor of another device, kept as a NumPy array", kToCpu},
    {"torch.nn.parameter.UninitializedParameter", Listed::kRefused, "",
     "a parameter that has no shape yet", "run a lazy module once before you save it"},
    {"torch.nn.parameter.UninitializedBuffer", Listed::kRefused, "",
     "a buffer that has no shape yet", "run a lazy module once before you save it"},
    {"torch.serialization._get_layout", Listed::kLayout, "", "a torch.layout", kSaveName},
    {"torch.contiguous_format", Listed::kRefused, "", "a torch.memory_format", kSaveName},
    {"torch.preserve_format", Listed::kRefused, "", "a torch.memory_format", kSaveName},
    {"torch.channels_last", Listed::kRefused, "", "a torch.memory_format", kSaveName},
    {"torch.channels_last_3d", Listed::kRefused, "", "a torch.memory_format", kSaveName},
    {"torch.per_tensor_affine", Listed::kQScheme, "", "a torch.qscheme", kSaveName},
    {"torch.per_tensor_symmetric", Listed::kQScheme, "", "a torch.qscheme", kSaveName},
    {"torch.per_channel_affine", Listed::kQScheme, "", "a torch.qscheme", kSaveName},
    {"torch.per_channel_symmetric", Listed::kQScheme, "", "a torch.qscheme", kSaveName},
    {"torch.per_channel_affine_float_qparams", Listed::kQScheme, "", "a torch.qscheme", kSaveName},
};

using Rows = std::unordered_map<std::string_view, std::uint32_t>;

const Rows& RowsByName() {
  static const Rows rows = [] {
    Rows made;
    std::uint32_t row = 0;
    for (const Global& global : kGlobals) made.emplace(global.name, row++);
    return made;
  }();
  return rows;
}

std::string_view CurrentModule(std::string_view module) {
  if (module == "__builtin__") return "builtins";
  if (module == "numpy.core.multiarray") return "numpy._core.multiarray";
  if (module == "numpy.core.numeric") return "numpy._core.numeric";
  if (module == "torch.tensor") return "torch._tensor";
  return module;
}

}  // namespace

std::optional<std::uint32_t> FindGlobal(std::string_view module, std::string_view name) {
  if (module.size() + name.size() > kGlobalName) return std::nullopt;
  std::string full(CurrentModule(module));
  full += '.';
  full += name;
  const auto found = RowsByName().find(full);
  if (found == RowsByName().end()) return std::nullopt;
  return found->second;
}

const Global& GlobalAt(std::uint32_t row) { return kGlobals[row]; }

}  // namespace statestone::pickle
