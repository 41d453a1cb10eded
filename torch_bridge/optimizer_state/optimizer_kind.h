// torch's six C++ optimizers, each as Python's optimizer of the same name describes itself.
#pragma once

#include <torch/optim/optimizer.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "torch_bridge/optimizer_state/state_value.h"

namespace statestone {

/// Where the state of a parameter belongs.
struct ParameterPlace {
  const at::Tensor& parameter;
  std::int64_t elements = 0;  ///< of all parameters of the optimizer
};

/// One class of optimizer. Immutable, thread-safe.
class OptimizerKind {
 public:
  virtual ~OptimizerKind() = default;

  /// "AdamW".
  virtual std::string_view algorithm() const = 0;
  /// Whether an optimizer is of this class, or one derived from it.
  virtual bool Is(const torch::optim::Optimizer& optimizer) const = 0;
  /// Whether each parameter has state from the start, without which a step would fail.
  virtual bool always_has_state() const = 0;

  /// Options of a group as Python would hold them: its names, order and kinds; those that only
  /// Python has with what they were, or with Python's defaults.
  virtual StateValues ReadOptions(const torch::optim::OptimizerOptions& options) const = 0;
  /// The way back. \throws Error mismatch (an option is missing or of another kind), unsupported
  ///     (it asks for what C++ does not do: `maximize`)
  virtual std::unique_ptr<torch::optim::OptimizerOptions> MakeOptions(StateValues stored) const = 0;

  /// State of one parameter as Python would hold it. Tensors are handles, not copies.
  virtual StateValues ReadState(const torch::optim::OptimizerParamState& state) const = 0;
  /// The way back: takes the tensors over. \throws Error mismatch (a value is missing, of another
  ///     kind, or of another shape than its parameter)
  virtual std::unique_ptr<torch::optim::OptimizerParamState> MakeState(
      StateValues stored, const ParameterPlace& place) const = 0;
};

/// \throws Error invalid_argument for an optimizer that is none of torch's six
const OptimizerKind& KindOf(const torch::optim::Optimizer& optimizer);

}  // namespace statestone
