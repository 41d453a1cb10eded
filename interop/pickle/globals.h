// The list of classes and functions that a checkpoint may name, and what each stands for here.
// Nothing is ever looked up in a program: a name is known by its text alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace statestone::pickle {

/// What a listed name stands for.
enum class Listed : std::uint8_t {
  kOrderedDict,
  kCounter,
  kDefaultDict,
  kSet,
  kFrozenSet,
  kComplex,
  kBytes,
  kByteArray,
  kEncode,      ///< _codecs.encode: bytes as protocol 2 writes them
  kPlainClass,  ///< list, int, ...: only as the factory of a defaultdict
  kSize,
  kDevice,
  kDType,             ///< `dtype` is its name
  kStorageClass,      ///< `dtype` is the dtype of its elements
  kQuantizedStorage,  ///< a storage class; `dtype` is the quantized dtype of its elements
  kTensorClass,       ///< torch.Tensor
  kParameterClass,    ///< torch.nn.Parameter
  kTensorType,        ///< torch.FloatTensor and the like, `dtype` that of their elements; its state
                      ///< is (storage, offset, shape, strides)
  kRebuildTensor,     ///< (storage, offset, shape, strides)
  kRebuildTensorV2,   ///< (..., requires_grad, hooks, metadata)
  kRebuildTensorV3,   ///< (..., requires_grad, hooks, dtype, metadata)
  kRebuildParameter,  ///< (tensor, requires_grad, hooks)
  kRebuildWithState,  ///< (tensor, requires_grad, hooks, attributes)
  kRebuildFromType,   ///< (function, class, arguments, attributes)
  kRebuildFromCpu,    ///< (tensor, dtype, device, requires_grad)
  kRebuildSparse,     ///< (layout, parts)
  kRebuildQuantized,  ///< (storage, offset, shape, strides, quantizer, requires_grad, hooks)
  kLayout,            ///< (name): a torch.layout
  kQScheme,           ///< a torch.qscheme
  kNumpyDType,
  kNumpyScalar,
  kNumpyArrayClass,
  kNumpyReconstruct,
  kNumpyFromBuffer,
  kRefused,  ///< known, and the format cannot hold it
};

struct Global {
  std::string_view name;  ///< with its module, Python 3 and current numpy spelling
  Listed listed;
  std::string_view
      dtype;  ///< of a dtype, storage class or tensor type, torch's spelling without "torch."
  std::string_view what;  ///< where it cannot be kept: "a nested tensor"
  std::string_view advice;
};

/// The row of a name, or nothing when it is not on the list. Python 2's module names and older
/// spellings of numpy's are known too. Constant time.
std::optional<std::uint32_t> FindGlobal(std::string_view module, std::string_view name);

const Global& GlobalAt(std::uint32_t row);

}  // namespace statestone::pickle
