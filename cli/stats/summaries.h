// What the elements of a file's tensors add up to, tensor by tensor.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "interop/tensor_math/statistics.h"
#include "interop/transform/path_pattern.h"
#include "interop/walk/opened_checkpoint.h"
#include "interop/walk/tensor_walk.h"

namespace statestone::cli {

struct TensorSummary {
  std::uint32_t tensor = 0;  ///< in tensors()
  tensor_math::Statistics statistics;
};

/// Of the tensors that `patterns` cover, or of all if there is none; in the order of the file.
/// \throws Error not_found for a pattern that covers no tensor; what reading throws
std::vector<TensorSummary> SummarizeTensors(const walk::OpenedCheckpoint& file,
                                            const PathPatterns& patterns,
                                            const walk::WalkOptions& options);

/// Numbers as text; "-" where there is none.
std::string LowestText(DType dtype, const tensor_math::Statistics& statistics);
std::string HighestText(DType dtype, const tensor_math::Statistics& statistics);

/// {"path", "dtype", "shape", "elements", "bytes", "min", "max", "mean", "norm", "zeros", "nan",
/// "inf"}; null where there is none.
nlohmann::ordered_json SummaryJson(const walk::OpenedTensor& tensor,
                                   const tensor_math::Statistics& statistics);

}  // namespace statestone::cli
