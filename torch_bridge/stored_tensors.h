// The named tensors of a stored model or dict. Knows nothing of torch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "statestone/reader.h"
#include "statestone/report.h"

namespace statestone {

struct StoredTensor {
  std::string name;
  TensorRef tensor;
};

struct StoredTensors {
  std::vector<StoredTensor> tensors;          ///< in order of insertion
  std::vector<TensorDifference> not_tensors;  ///< other items of a mixed dict, as unexpected ones
  TrainingMode training = TrainingMode::kUnknown;
  std::vector<std::string> training_exceptions;
};

/// What stands under `entry`: a model or a dict of tensors that is an entry, or a dict inside of a
/// value by display path.
/// \throws Error not_found (says what there is); invalid_argument if it is neither
StoredTensors FindStoredTensors(const Reader& reader, std::string_view entry);

/// "float32 [512, 10]".
std::string Signature(const TensorInfo& info);

}  // namespace statestone
